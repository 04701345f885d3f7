"""Names for customers who do not exist, by the language of the country they would live in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class NameList:
    """First names, and surnames in the order that the language writes them: one, or two where both parents' count."""

    first: tuple[str, ...]
    surnames: tuple[str, ...]
    surname_count: int


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SPANISH = NameList(
    first=_words(
        "Lucía Martín Sofía Mateo Valentina Santiago Camila Sebastián Paula Alejandro Marta Diego Daniela Andrés Elena"
        " Javier Carmen Pablo Gabriela Nicolás Mariana Joaquín Isabel Tomás Andrea Emilio Natalia Rodrigo Ximena Álvaro"
        " Rocío Ignacio Fernanda Gonzalo Julieta Ricardo Inés Esteban Catalina Hugo Raquel Óscar Noelia Germán Beatriz"
        " Ramiro Adriana Felipe Lorena Iván Pilar Mauricio Verónica Agustín Silvia Leonardo Teresa Fabián Nuria Rubén"
        " Consuelo Jorge Luz Manuel Belén Cristóbal Alma Rafael Irene Víctor Claudia Samuel Abril Eduardo Yolanda Darío"
    ),
    surnames=_words(
        "García Rodríguez Martínez López González Hernández Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz Cruz"
        " Morales Ortiz Gutiérrez Chávez Ramos Ruiz Álvarez Mendoza Vargas Castillo Jiménez Moreno Romero Herrera"
        " Medina Aguilar Castro Vega Muñoz Rojas Delgado Peña Guerrero Salazar Soto Cortés Navarro Ríos Alonso Serrano"
        " Molina Ibáñez Cárdenas Fuentes Carrasco Figueroa Espinoza Arias Cabrera Montero Lozano Quintero Bravo Zapata"
        " Sáenz Pacheco Uribe Ochoa Beltrán Escobar Villanueva Contreras Nieto Duarte Benítez Echeverría Prieto Roldán"
        " Zamora"
    ),
    surname_count=2,
)
PORTUGUESE = NameList(
    first=_words(
        "João Beatriz Tiago Mariana Rafael Larissa Gonçalo Inês Bruno Camila Duarte Letícia Rodrigo Carolina Vinícius"
        " Francisca Leandro Patrícia Afonso Juliana Henrique Débora Miguel Vitória"
    ),
    surnames=_words(
        "Silva Santos Ferreira Oliveira Costa Rodrigues Almeida Carvalho Gonçalves Ribeiro Lopes Araújo Barbosa Moreira"
        " Nogueira Teixeira Cardoso Freitas Monteiro Magalhães Pinto Azevedo"
    ),
    surname_count=2,
)
ENGLISH = NameList(
    first=_words(
        "Emily Daniel Olivia Marcus Grace Anthony Hannah Victor Chloe Nathan Alice Edward Laura Simon Julia Adam"
        " Vanessa Oscar Rachel Dylan"
    ),
    surnames=_words(
        "Walker Reyes Bennett Ortega Foster Coleman Rivera Hughes Delgado Price Brooks Navarro Turner Hayes Santana"
        " Murphy Vega Parker Ellis Quinn"
    ),
    surname_count=1,
)


def slug(name: str) -> str:
    """Return `name` as the local part of an e-mail address: ASCII, lower case, dots for spaces."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return plain.lower().replace(" ", ".")

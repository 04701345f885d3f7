"""Sound messages of other systems, each in its writer's own manner: none may be accused."""

from __future__ import annotations

import pytest

from querencia.data.products import Product
from querencia.messages.brief import Brand
from querencia.messages.foreign import TextFacts, check_text

COLUMNS = {"name": "Elena Ruiz Sanz", "engagement": "63", "churn_probability": "0.1234", "orders": "4"}
TEXTS = {
    "es_answer": """Muy señora mía:

Queremos agradecerle los años de confianza que ha depositado en nuestra casa. Si algo no ha estado a la altura, nos \
gustaría saberlo. Basta con responder a este correo.

Un cordial saludo,
Marta Gil
Atención al Cliente""",
    "es_moment": """Estimada Sra. Ruiz:

En los últimos 30 días ha realizado 4 pedidos, y se lo agradecemos de corazón.

¿Podría dedicarnos un momento y decirnos qué podríamos mejorar?

Le saluda atentamente,
VoiceFlip Customer Care""",
    "es_score": """Sr. Sanz:

Su nivel de vinculación es de 63 puntos sobre 100, un dato que nos alegra. Cuando tenga un rato, eche un vistazo a las \
novedades de su cuenta: creemos que le resultarán útiles.

Le deseamos un feliz lunes.
El equipo de VoiceFlip""",
    "es_call": """Buenas tardes, Elena:

Hemos repasado su cuenta y vemos 63 puntos de 100 en nuestra escala, con una probabilidad de abandono del 12,3 %.

¿Le vendría bien una llamada? Quedo a la espera de su respuesta.

Reciba un afectuoso saludo,
Pablo Ortega""",
    "es_service": """A la atención de Elena Ruiz:

Nos hemos dado cuenta de que hace tiempo que no sabemos de usted. Le rogamos que nos llame o nos escriba; será un \
placer ayudarle con lo que necesite.

Sin otro particular,
Dirección de Clientes""",
    "es_disposal": """Estimado cliente:

Hoy quería darle las gracias en persona por su fidelidad. Para cualquier consulta, estoy a su entera disposición.

Atentamente.
Luis Prada""",
    "en_reply": """Dear Ms Ruiz,

Over the last 30 days you have placed 4 orders with us, and we are grateful for every one of them. Would you spare us \
a moment and say what we could do better? A short answer to this message is all it takes.

With kind regards,
VoiceFlip Customer Care""",
    "en_score": """Good morning, Elena,

Your engagement stands at 63 points out of 100, which tells us that there is more we can offer. Do take a look at what \
is new in your account whenever it suits you.

All the best,
Hannah Cole
Customer Success Manager""",
    "en_call": """Dear Madam,

We have noticed that you have visited us less often of late. Would a call be convenient? I look forward to hearing \
from you, and remain at your disposal.

Yours faithfully,
Peter Marsh""",
    "en_plain": """Hello Elena,

It has been a pleasure to serve you. If anything about your account has let you down, please write or call, and we \
will put it right without delay.

Wishing you a pleasant week,
The customer team""",
    "pt_answer": """Exma. Senhora Elena Ruiz,

Agradecemos a confiança que tem depositado em nós. Se algo não correu como esperava, gostaríamos de saber. Basta \
responder a esta mensagem.

Com os melhores cumprimentos,
Apoio ao Cliente""",
    "pt_moment": """Prezada Senhora Ruiz:

Nos últimos 90 dias fez 4 encomendas, e ficamos muito gratos. Poderia dedicar-nos um momento e dizer-nos o que podemos \
melhorar?

Atenciosamente,
VoiceFlip Customer Care""",
    "pt_score": """Bom dia, Elena,

O seu nível de envolvimento é de 63 pontos em 100, o que muito nos alegra. Quando puder, dê uma vista de olhos às \
novedades da sua conta.

Desejamos-lhe uma boa semana,
A equipa de clientes""".replace("novedades", "novidades"),
    "pt_call": """Cara Elena Ruiz,

A sua opinião é importante para melhorar o nosso serviço. Seria possível falarmos por telefone? Ficamos à espera da \
sua resposta, sempre ao seu dispor.

Cordialmente,
Rita Antunes""",
    "pt_plain": """Estimada cliente,

Reparámos que há algum tempo não temos notícias suas. Pedimos que nos telefone ou nos escreva: teremos muito gosto em \
ajudar.

Um abraço,
Serviço de Apoio""",
}


@pytest.mark.parametrize("with_project", [True, False])
@pytest.mark.parametrize("name", TEXTS)
def test_a_sound_message_has_no_error(
    name: str, with_project: bool, brand: Brand, products: tuple[Product, ...]
) -> None:
    facts = TextFacts(
        columns=COLUMNS,
        language=name[:2],
        brand=brand if with_project else None,
        catalogue=products if with_project else None,
    )
    assert [(found.check, found.text) for found in check_text(TEXTS[name], facts)] == []


@pytest.mark.parametrize(
    ("told", "check"),
    [
        ("Gracias por estos doce años con nosotros.", "numbers"),
        ("Le regalamos treinta y cinco semanas de servicio.", "numbers"),
        ("Disfrute de tres meses gratis.", "numbers"),
        ("Ahora todo está a mitad de precio.", "claims"),
        ("Pase por la tienda o visita https://otra.example.", "address"),
        ("Su nivel es de 64 puntos sobre 100.", "numbers"),
        ("En los últimos 45 días le hemos echado de menos.", "numbers"),
    ],
)
def test_and_one_that_says_more_than_is_known_has_one(told: str, check: str) -> None:
    text = TEXTS["es_service"].replace("Nos hemos dado", f"{told} Nos hemos dado")
    found = check_text(text, TextFacts(columns=COLUMNS, language="es"))
    assert check in {finding.check for finding in found if finding.severity == "error"}

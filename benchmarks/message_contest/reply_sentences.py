"""Sentences of good replies in es, en and pt, by their place in a message."""
# ruff: noqa: E501

from __future__ import annotations

_ES = {
    "subject_1": ["Gracias por su confianza en {{brand}}", "Nuestro agradecimiento y algunas ideas para usted"],
    "subject_2": [
        "¿Cómo podemos ayudarle mejor?",
        "Queremos serle más útiles",
        "Revisemos juntos su experiencia con nosotros",
    ],
    "subject_3": [
        "Su opinión es importante para nosotros",
        "Nos gustaría hablar con usted",
        "Queremos seguir contando con usted",
    ],
    "greeting": ["Estimado/a {{name}}:", "Buenos días, {{name}}:", "Reciba un cordial saludo, {{name}}:"],
    "opening_1": [
        "Le escribimos para agradecerle la confianza que deposita en nosotros y para compartir algunas ideas que pueden resultarle útiles.",
        "Su fidelidad es muy valiosa para nosotros, y queremos corresponder a ella con propuestas pensadas para su caso.",
    ],
    "opening_2": [
        "Hemos revisado su relación con nosotros y creemos que podemos ofrecerle un servicio más ajustado a lo que usted necesita.",
        "Nos ponemos en contacto con usted porque queremos serle más útiles y ofrecerle nuestra ayuda.",
    ],
    "opening_3": [
        "Nos dirigimos a usted porque su satisfacción nos preocupa y queremos saber con franqueza qué podemos mejorar.",
        "Sabemos que quizá no hayamos estado a la altura de lo que usted esperaba, y deseamos ponerle remedio cuanto antes.",
    ],
    "engagement_numbers": [
        "Su nivel de vinculación es actualmente de {{engagement}}.",
        "Según nuestros registros, su nivel de vinculación es de {{engagement}}, y queremos acompañarle en los próximos pasos.",
    ],
    "engagement_words": [
        "Su nivel de vinculación con nosotros es {{engagement}}.",
        "Según nuestros registros, su nivel de vinculación es {{engagement}}, y queremos tenerlo en cuenta.",
    ],
    "churn_numbers": [
        "Nuestro análisis estima en un {{churn_probability}} su probabilidad de abandono, y por eso queremos escucharle.",
        "Con total transparencia, calculamos que su probabilidad de abandono es del {{churn_probability}}.",
    ],
    "churn_words": [
        "Nuestro análisis indica que su riesgo de abandono es {{churn_probability}}, y por eso queremos escucharle.",
        "Con total transparencia, estimamos que su riesgo de abandono es {{churn_probability}}.",
    ],
    "reason": ["Le escribimos, además, porque {{reason}}."],
    "usage_month": [
        "Durante los últimos treinta días hemos registrado {{usage_month}} en su cuenta.",
        "En los últimos treinta días, su actividad suma {{usage_month}}.",
    ],
    "usage_quarter": [
        "En los últimos noventa días constan {{usage_quarter}}.",
        "Si ampliamos la mirada a los últimos noventa días, vemos {{usage_quarter}}.",
    ],
    "bridge": [
        "A partir de su perfil, le recomendamos lo siguiente, con el deseo de que le resulte de utilidad.",
        "Hemos seleccionado para usted las siguientes propuestas, que encajan con lo que conocemos de sus necesidades.",
    ],
    "bridge_alone": ["Nos gustaría conocer de primera mano qué espera de nosotros y cómo podemos ayudarle."],
    "product": [
        "Consideramos que {{product_1}} encaja bien con su caso.",
        "Le proponemos conocer {{product_1}} por su perfil y sus intereses.",
        "Creemos que {{product_1}} puede aportarle valor en su día a día.",
    ],
    "benefit": ["Le ayudará a {{product_1_benefit}}."],
    "times": ["Figura {{product_1_times}} en su actividad."],
    "price": ["Su precio es de {{product_1_price}}."],
    "link": ["Puede consultar los detalles en {{product_1_link}}"],
    "about": ["{{product_1_about}}"],
    "action_contact_email": [
        "Para dar el siguiente paso, escríbanos a {{contact_email}} y un especialista le atenderá personalmente."
    ],
    "action_contact_phone": ["Llámenos al {{contact_phone}} y concertaremos con usted una breve conversación."],
    "action_website": ["Visite {{website}} y solicite información; estaremos encantados de atenderle."],
    "action_reply": ["Responda a este mensaje y nos pondremos en contacto con usted."],
}
_EN = {
    "subject_1": ["Thank you for your trust in {{brand}}", "Our thanks, and some ideas for you"],
    "subject_2": ["How can we be of more help to you?", "We would like to be more useful to you"],
    "subject_3": ["Your opinion matters to us", "We would like to speak with you", "We hope to keep you with us"],
    "greeting": ["Dear {{name}},", "Good morning, {{name}},"],
    "opening_1": [
        "We are writing to thank you for the trust that you place in us, and to share some ideas that may be of use to you.",
        "Your loyalty is of great value to us, and we would like to return it with suggestions made for your situation.",
    ],
    "opening_2": [
        "We have reviewed your relationship with us and believe that we can offer you a service closer to your needs.",
        "We are contacting you because we would like to be more useful to you and to offer you our help.",
    ],
    "opening_3": [
        "We are writing because your satisfaction concerns us, and we want to know frankly what we could do better.",
        "We know that we may not have met your expectations, and we would like to put that right as soon as we can.",
    ],
    "engagement_numbers": [
        "Your engagement level currently stands at {{engagement}}.",
        "According to our records, your engagement level is {{engagement}}, and we want to support you in your next steps.",
    ],
    "engagement_words": [
        "Your engagement level with us is {{engagement}}.",
        "According to our records, your engagement level is {{engagement}}, and we want to take that into account.",
    ],
    "churn_numbers": [
        "Our analysis puts the probability of your leaving us at {{churn_probability}}, which is why we want to listen to you.",
        "To be fully transparent, we estimate the likelihood of your leaving at {{churn_probability}}.",
    ],
    "churn_words": [
        "Our analysis suggests that the risk of your leaving us is {{churn_probability}}, which is why we want to listen.",
        "To be fully transparent, we consider the risk of your leaving to be {{churn_probability}}.",
    ],
    "reason": ["We are also writing because {{reason}}."],
    "usage_month": [
        "Over the last thirty days we have recorded {{usage_month}} on your account.",
        "In the last thirty days your activity comes to {{usage_month}}.",
    ],
    "usage_quarter": [
        "Over the last ninety days our records show {{usage_quarter}}.",
        "Looking back over the last ninety days, we see {{usage_quarter}}.",
    ],
    "bridge": [
        "Based on your profile, we recommend the following, in the hope that it will be of use to you.",
        "We have selected the following suggestions, which match what we know of your needs.",
    ],
    "bridge_alone": ["We would like to hear at first hand what you expect of us and how we can be of help."],
    "product": [
        "We believe that {{product_1}} suits your situation well.",
        "We suggest that you consider {{product_1}}, given your profile and interests.",
        "We think that {{product_1}} could be of real use in your daily work.",
    ],
    "benefit": ["It will help you to {{product_1_benefit}}."],
    "times": ["It appears {{product_1_times}} in your activity."],
    "price": ["Its price is {{product_1_price}}."],
    "link": ["You can find the details at {{product_1_link}}"],
    "about": ["{{product_1_about}}"],
    "action_contact_email": [
        "To take the next step, please write to us at {{contact_email}} and a specialist will assist you personally."
    ],
    "action_contact_phone": ["Please call us on {{contact_phone}} and we will arrange a short conversation with you."],
    "action_website": ["Please visit {{website}} and request more information; we will be glad to assist you."],
    "action_reply": ["Please reply to this message and we will contact you."],
}
_PT = {
    "subject_1": ["Obrigado pela sua confiança em {{brand}}", "O nosso agradecimento e algumas ideias"],
    "subject_2": ["Como podemos ajudar melhor?", "Queremos ser mais úteis", "A sua experiência é importante para nós"],
    "subject_3": [
        "A sua opinião é importante para nós",
        "Gostaríamos de conversar consigo",
        "Queremos continuar ao seu lado",
    ],
    "greeting": ["Bom dia, {{name}},", "Olá, {{name}},"],
    "opening_1": [
        "Escrevemos para agradecer a confiança que deposita em nós e para partilhar algumas ideias que podem ser úteis.",
        "A sua fidelidade é muito valiosa para nós, e queremos retribuir com propostas pensadas para o seu caso.",
    ],
    "opening_2": [
        "Analisámos a sua relação connosco e acreditamos que podemos oferecer um serviço mais ajustado às suas necessidades.",
        "Entramos em contacto porque queremos ser mais úteis e oferecer a nossa ajuda.",
    ],
    "opening_3": [
        "Escrevemos porque a sua satisfação nos preocupa e queremos saber com franqueza o que podemos melhorar.",
        "Sabemos que talvez não tenhamos estado à altura das suas expectativas, e desejamos corrigir isso o quanto antes.",
    ],
    "engagement_numbers": [
        "O seu nível de envolvimento é atualmente de {{engagement}}.",
        "Segundo os nossos registos, o seu nível de envolvimento é de {{engagement}}, e queremos acompanhar os próximos passos.",
    ],
    "engagement_words": [
        "O seu nível de envolvimento connosco é {{engagement}}.",
        "Segundo os nossos registos, o seu nível de envolvimento é {{engagement}}, e queremos ter isso em conta.",
    ],
    "churn_numbers": [
        "A nossa análise estima em {{churn_probability}} a sua probabilidade de abandono, e por isso queremos ouvir a sua opinião.",
        "Com toda a transparência, calculamos que a sua probabilidade de abandono é de {{churn_probability}}.",
    ],
    "churn_words": [
        "A nossa análise indica que o seu risco de abandono é {{churn_probability}}, e por isso queremos ouvir a sua opinião.",
        "Com toda a transparência, estimamos que o seu risco de abandono é {{churn_probability}}.",
    ],
    "reason": ["Escrevemos também porque {{reason}}."],
    "usage_month": [
        "Nos últimos trinta dias registámos {{usage_month}} na sua conta.",
        "Nos últimos trinta dias, a sua atividade soma {{usage_month}}.",
    ],
    "usage_quarter": [
        "Nos últimos noventa dias constam {{usage_quarter}}.",
        "Se olharmos para os últimos noventa dias, vemos {{usage_quarter}}.",
    ],
    "bridge": [
        "A partir do seu perfil, recomendamos o seguinte, com o desejo de que seja útil.",
        "Selecionámos as seguintes propostas, que correspondem ao que conhecemos das suas necessidades.",
    ],
    "bridge_alone": ["Gostaríamos de saber o que espera de nós e de que forma podemos ajudar."],
    "product": [
        "Consideramos que {{product_1}} se adequa bem ao seu caso.",
        "Propomos que conheça {{product_1}}, tendo em conta o seu perfil e os seus interesses.",
        "Acreditamos que {{product_1}} pode ser útil no seu dia a dia.",
    ],
    "benefit": ["Vai ajudar a {{product_1_benefit}}."],
    "times": ["Consta {{product_1_times}} na sua atividade."],
    "price": ["O seu preço é de {{product_1_price}}."],
    "link": ["Pode consultar os detalhes em {{product_1_link}}"],
    "about": ["{{product_1_about}}"],
    "action_contact_email": [
        "Para dar o próximo passo, escreva para {{contact_email}} e um especialista dará toda a atenção ao seu caso."
    ],
    "action_contact_phone": ["Ligue para {{contact_phone}} e marcaremos uma breve conversa."],
    "action_website": ["Visite {{website}} e solicite mais informações; teremos todo o gosto em ajudar."],
    "action_reply": ["Responda a esta mensagem e entraremos em contacto."],
}
SENTENCES = {"es": _ES, "en": _EN, "pt": _PT}

"""The words of patients' letters and pages in Spanish. The same keys as in English; plain words, short sentences."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "title": "Sobre su reclamo médico",
    "other_language": "This notice is also in English.",
    "not_a_bill": "Esto no es una factura. Le dice cómo va su reclamo.",
    "date": "Fecha de esta carta",
    "pdf": "Guardar esta carta (PDF)",
    "text": "Solo texto",
    "skip": "Ir a la carta",
    "online": "Su carta en internet",
    "online_how": "Abra esta carta en su teléfono: apunte la cámara al código. La dirección está en la "
    "página siguiente.",
    "page_ends": "Este enlace es privado. Deja de funcionar el {date}. No lo comparta.",
    "month": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "long_date": "{day} de {month} de {year}",
    # What you may owe
    "amount_label": "Lo más que usted puede deber por este reclamo",
    "amount_label_now": "Por ahora, no pague más de",
    "amount_waiting": "Aún no sabemos cuál es su parte. Su plan no ha decidido. Por favor no pague nada por este "
    "reclamo hasta que le avisemos.",
    "amount_reviewing": "Aún no sabemos cuál es su parte. Su plan retiró su primera decisión y la revisa de nuevo. "
    "Por favor no pague más de {amount} por este reclamo hasta que le avisemos.",
    "amount_open": "Aún no sabemos cuál es su parte. Su plan dijo que no a este reclamo. Por favor no pague más de "
    "{amount} por ahora. Si el plan cambia de idea, puede fijar una parte para usted. Antes le vamos a escribir.",
    "amount_at_most": "Esta es su parte según su plan. Quizá aún no estemos de acuerdo con su plan sobre lo que le "
    "toca a él. Eso no puede subir su parte. Por favor no pague más de {amount} por este reclamo.",
    "amount_final": "Esta es su parte según su plan. Por favor no pague más de {amount} por este reclamo.",
    "amount_nothing": "Retiramos este reclamo. Usted debe {amount} por él.",
    "amount_refund": "¿Pagó más que esto? Avísenos. Le debemos devolver el resto.",
    "amount_beyond": "Su plan también puso {beyond} a su cargo. Eso no es copago, deducible ni coseguro. No lo "
    "pague por esta carta. Llámenos si alguien se lo cobra.",
    # The claim
    "facts": "Su reclamo",
    "plan": "Plan de salud",
    "provider": "Proveedor",
    "service": "Fecha de la atención",
    "service_range": "{from_} al {to}",
    "reference": "Nuestra referencia",
    "billed": "Lo que se cobró",
    "paid": "Lo que pagó su plan",
    "paid_none": "Aún nada",
    "your_provider": "su proveedor",
    "your_plan": "su plan de salud",
    # What happens next
    "next": "Qué pasa ahora",
    "by": "Esperamos saber más a más tardar el {date}.",
    "next_waiting": "Enviamos su reclamo a su plan. Los planes suelen decidir en 30 días. Usted no tiene que hacer "
    "nada por ahora.",
    "next_correcting": "Su reclamo tiene un error que debemos corregir. Lo vamos a enviar de nuevo. Usted no tiene "
    "que hacer nada por ahora.",
    "next_checking": "Su plan tomó una decisión. Vemos si pagó lo correcto. Usted no tiene que hacer nada por ahora.",
    "next_fair": "Su plan pagó su parte. Vamos a cerrar su reclamo.",
    "next_preparing": "Creemos que su plan pagó muy poco. Le vamos a pedir que pague más. Esto es entre nosotros y "
    "su plan. Usted no tiene que hacer nada.",
    "next_denied": "Su plan dijo que no a este reclamo. Vemos cómo pedirle que lo piense de nuevo. Usted también "
    "puede apelar. El aviso de su plan le dice cómo y hasta cuándo.",
    "next_appeal": "Le pedimos a su plan que revise su decisión. Esto se llama apelación. Usted no tiene que hacer "
    "nada por ahora.",
    "next_negotiation": "Hablamos con su plan sobre lo que el plan debe pagar. Esto es entre nosotros y su plan. La "
    "parte de usted no cambia.",
    "next_idr": "Su plan y nosotros no llegamos a un acuerdo. Un experto neutral va a elegir lo que el plan debe "
    "pagar. Su parte no cambia.",
    "next_lost": "No logramos que su plan pague más. Vamos a cerrar su reclamo. Su parte no cambia.",
    "next_agreed": "Su plan aceptó pagar más, o se le ordenó. Esperamos su pago. Su parte no sube.",
    "next_late": "Su plan aceptó pagar más, o se le ordenó. Aún no lo ha pagado todo. Le pedimos el resto. Su "
    "parte no sube.",
    "next_paid": "Su plan pagó lo acordado. Vamos a cerrar su reclamo.",
    "next_withdrawn": "Retiramos este reclamo. Si enviamos otro por esta atención, le vamos a escribir de nuevo.",
    "next_reviewing": "Su plan retiró su pago y revisa el reclamo de nuevo. Le vamos a escribir cuando decida.",
    "next_closed_paid": "Su plan pagó su parte. Su reclamo está cerrado.",
    "next_closed_won": "Su plan pagó más después de que se lo pedimos. Su parte no subió. Su reclamo está cerrado.",
    "next_closed_lost": "Le pedimos a su plan que pague más, pero no lo hizo. Esa deuda no es suya. Su reclamo "
    "está cerrado.",
    "next_closed_denied": "Su plan no cambió su decisión. Su reclamo está cerrado. Quizá usted aún pueda apelar. "
    "El aviso de su plan le dice cómo y hasta cuándo. También puede pedir que lo revisen expertos fuera del plan.",
    # Your rights on this claim
    "rights": "Sus derechos en este reclamo",
    "law_federal": "Una ley federal, la ley No Surprises, le protege en esta atención. Nadie le puede cobrar más "
    "que su parte dentro de la red. Nadie puede enviar a cobranza lo que discutimos con su plan.",
    "law_state": "Una ley del estado le protege en esta atención. Nadie le puede cobrar más que su parte según "
    "esa ley.",
    "law_either": "Una ley federal o una del estado le protege en esta atención. Aún no se sabe cuál de las dos. Nadie "
    "le puede cobrar más que su parte.",
    "law_emergency": "Esta fue una atención de emergencia. Una ley federal, la ley No Surprises, le protege si su "
    "plan es de su trabajo o si usted lo compró. Entonces nadie le puede cobrar más que su parte dentro de la red.",
    "law_consent": "Nos dijeron que usted firmó un formulario para renunciar a sus protecciones en esta "
    "atención. ¿No es así? ¿Le dieron el formulario tarde, o sintió que no podía decir que no? Entonces quizá no "
    "vale. Llámenos o llame a la línea de ayuda.",
    "law_public": "Este reclamo es de un programa público, como Medicare o Medicaid. El programa tiene sus reglas "
    "sobre lo que se le puede cobrar. Llámenos si una factura es más alta que su parte.",
    "law_other_program": "Este reclamo no es de un plan de salud que cubre la ley No Surprises. Puede ser por un daño "
    "en el trabajo o en un auto. Otras reglas dicen lo que se le puede cobrar. Llámenos si una factura es más alta que "
    "su parte.",
    "law_none": "Una ley federal, la ley No Surprises, cubre la atención de emergencia, parte de la atención en "
    "hospitales de la red, y las ambulancias aéreas. No vimos que la suya fuera una de estas. ¿Cree que sí? Llámenos o "
    "llame a la línea de ayuda.",
    "law_open": "Una ley federal, la ley No Surprises, quizá le protege. Cubre la atención de emergencia, parte de la "
    "atención en hospitales de la red, y las ambulancias aéreas. Las reglas están abajo.",
    "state_process": "Su estado, {state}, también tiene una ley sobre facturas sorpresa. Puede valer si un "
    "empleador no paga su plan con sus propios fondos.",
    "state_more": "El departamento de seguros de su estado le puede decir más de esa ley.",
    "state_none": "Su estado puede tener sus reglas. El departamento de seguros de su estado se lo puede decir.",
    # The notice of 45 CFR 149.430
    "notice": "Sus derechos y protecciones contra las facturas médicas sorpresa",
    "notice_what": "¿Qué es una factura sorpresa?",
    "notice_what_1": "Cuando recibe atención, usted puede deber un copago, un coseguro o un deducible. Puede deber "
    "más, o toda la factura, si el proveedor no está en la red de su plan.",
    "notice_what_2": "Un proveedor fuera de la red no tiene contrato con su plan. Quizá le pueda cobrar lo que su "
    "plan no paga. Eso se llama facturación del saldo.",
    "notice_what_3": "Una factura sorpresa es un saldo que usted no esperaba. Puede llegar cuando usted no puede "
    "elegir quién le atiende, como en una emergencia.",
    "notice_emergency": "Atención de emergencia",
    "notice_emergency_1": "Lo más que le pueden cobrar por la atención de emergencia es su parte dentro de la red. "
    "Vale en todo hospital. También vale para la atención que recibe cuando ya está estable. En esa atención usted "
    "puede renunciar a sus protecciones, pero solo por escrito.",
    "notice_facility": "Atención en un hospital o centro de cirugía de la red",
    "notice_facility_1": "Algunas personas que le atienden ahí pueden estar fuera de la red. En estos tipos de "
    "atención solo le pueden cobrar su parte dentro de la red: medicina de emergencia, anestesia, patología, "
    "radiología, laboratorio, neonatología, cirujano asistente, hospitalista y cuidados intensivos. No le pueden pedir "
    "que renuncie a sus protecciones.",
    "notice_facility_2": "En otra atención ahí, no le pueden cobrar el saldo si usted no lo acepta antes por escrito.",
    "notice_air": "Ambulancia aérea",
    "notice_air_1": "Lo más que le pueden cobrar por una ambulancia aérea es su parte dentro de la red. Las "
    "ambulancias terrestres no son parte de esta ley.",
    "notice_consent": "Renunciar a sus protecciones",
    "notice_consent_1": "Usted nunca tiene que renunciar a sus protecciones. No tiene que atenderse fuera de la red. "
    "Puede elegir un proveedor de la red de su plan.",
    "notice_consent_2": "Si le piden firmar, le deben dar el formulario al menos 72 horas antes de su atención. Si "
    "hace la cita con menos de 72 horas, se lo deben dar el día en que la hace, y al menos 3 horas antes si es el "
    "mismo día.",
    "notice_plan": "Lo que su plan debe hacer",
    "notice_plan_1": "Su plan debe cubrir la atención de emergencia sin pedir permiso antes.",
    "notice_plan_2": "Debe cubrir la atención de emergencia de proveedores fuera de la red.",
    "notice_plan_3": "Debe calcular su parte con lo que pagaría dentro de la red, y mostrarlo en su explicación de "
    "beneficios.",
    "notice_plan_4": "Debe contar lo que usted paga para su deducible y su límite del año dentro de la red.",
    # Where to go
    "help": "Si cree que una factura está mal",
    "help_us": "Llámenos{phone}. Puede pedir esta carta en papel.",
    "help_phone": " al {phone}",
    "help_language": "¿Necesita ayuda en otro idioma, o de otra forma? Pídanosla. Es gratis.",
    "help_plan": "Llame a su plan. El número está en su tarjeta. Puede presentar una apelación.",
    "help_desk": "Llame a la línea federal de ayuda de la ley No Surprises al 1-800-985-3059. Recibe quejas sobre "
    "planes y proveedores.",
    "help_web": "Lea más o presente una queja en www.cms.gov/nosurprises/consumers.",
    "help_state": "Llame al departamento de seguros de su estado. Ayuda con los planes que el estado controla.",
    # The good-faith estimate, 45 CFR 149.610(c)(1)
    "gfe_title": "Estimado de buena fe",
    "gfe_intro": "Esto muestra cuánto puede costar su atención. Es para personas sin seguro, o que eligen no "
    "usarlo para esta atención.",
    "gfe_patient": "Paciente",
    "gfe_born": "Fecha de nacimiento",
    "gfe_service": "Servicio principal",
    "gfe_when": "Fecha de la cita",
    "gfe_when_not": "Aún sin cita",
    "gfe_recurs": "Con qué frecuencia",
    "gfe_recurs_time": "del {first} al {last}",
    "gfe_made": "Fecha de este estimado",
    "gfe_total": "Total de cargos esperados",
    "gfe_what": "Servicio o artículo",
    "gfe_code": "Código",
    "gfe_diagnosis": "Diagnóstico",
    "gfe_quantity": "Cuántos",
    "gfe_charge": "Cargo esperado",
    "gfe_ids": "Número NPI {npi}. Número de impuestos (TIN) {tin}.",
    "gfe_place": "Lugar de la atención: {place}",
    "gfe_subtotal": "Cargos esperados de este proveedor",
    "gfe_separate": "Atención con cita aparte",
    "gfe_separate_1": "Quizá necesite antes o después la atención que se nombra aquí. No es parte de este "
    "estimado, por eso no se muestran sus códigos, cargos y proveedores. Va a recibir otro estimado cuando haga la "
    "cita o lo pida.",
    "gfe_separate_2": "Para pedir uno, llámenos{phone}.",
    "gfe_know": "Lo que debe saber",
    "gfe_know_1": "Esto es solo un estimado. Sus servicios, artículos y cargos finales pueden ser otros.",
    "gfe_know_2": "Quizá le recomendemos más atención como parte de su tratamiento. Para ella debe hacer otra cita "
    "o pedirla aparte. No está en este estimado.",
    "gfe_know_3": "Este estimado no es un contrato. Usted no tiene que atenderse con ningún proveedor que se "
    "nombra aquí.",
    "gfe_know_4": "Puede pedir un estimado nuevo en todo momento. Si algo cambia, va a recibir uno nuevo al menos "
    "un día hábil antes de su atención.",
    "gfe_know_5": "Guarde este estimado. Lo puede necesitar si su factura es más alta.",
    "gfe_dispute": "Si su factura pasa este estimado por $400 o más",
    "gfe_dispute_1": "Usted puede disputar la factura de un proveedor o centro si es al menos $400 más que su "
    "parte de este estimado.",
    "gfe_dispute_2": "Primero puede llamar al proveedor. Pida que cobre lo del estimado, que baje la factura, o "
    "que le diga si hay ayuda para pagar.",
    "gfe_dispute_3": "También puede iniciar una disputa con el Departamento de Salud y Servicios Humanos de EE. "
    "UU. La debe iniciar en 120 días desde que recibe la primera factura demasiado alta.",
    "gfe_dispute_4": "Cuesta $25 iniciarla. Luego alguien revisa la factura. Si le da la razón, usted paga el "
    "precio de este estimado. Si no, quizá deba pagar la factura más alta.",
    "gfe_dispute_5": "Para saber más e iniciarla, vaya a www.cms.gov/nosurprises/consumers o llame al 1-800-985-3059.",
    "gfe_dispute_6": "Una disputa no cambia la calidad de la atención que recibe.",
    # Pages that say that there is nothing to show
    "gone_title": "Este enlace no funciona",
    "gone": "Este enlace venció o fue apagado. Pida otro a su proveedor.",
    "busy_title": "Por favor espere",
    "busy": "Esta página se abrió demasiadas veces. Por favor pruebe de nuevo en un minuto.",
    "fault_title": "Por favor pruebe de nuevo",
    "fault": "No podemos mostrar esta página ahora. Por favor pruebe de nuevo en unos minutos.",
}

STATES: dict[str, str] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "Distrito de Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawái", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Luisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Míchigan", "MN": "Minnesota",
    "MS": "Misisipi", "MO": "Misuri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "Nuevo Hampshire",
    "NJ": "Nueva Jersey", "NM": "Nuevo México", "NY": "Nueva York", "NC": "Carolina del Norte",
    "ND": "Dakota del Norte", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregón", "PA": "Pensilvania",
    "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "Carolina del Sur", "SD": "Dakota del Sur", "TN": "Tennessee",
    "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "Virginia Occidental",
    "WI": "Wisconsin", "WY": "Wyoming", "GU": "Guam", "VI": "Islas Vírgenes de los Estados Unidos",
    "AS": "Samoa Americana", "MP": "Islas Marianas del Norte",
}  # fmt: skip

"""What a column's name says about it, in the spellings and languages that tables of people come in.

A term matches whole words of the name: "birth_date" also reads BirthDate, BIRTHDATE and birth-date-1. A term
with "=" matches the whole name only, one with "*" the beginning of a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from privacy.schema import Role


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name stands for: words for the reason, the privacy role, and whether it keys one person."""

    words: str
    role: Role
    terms: str
    keys_a_person: bool = False


_PERSON = (
    "patient person customer client member user subject participant employee student beneficiary insured"
)

_MEANINGS = (
    Meaning("an e-mail address", Role.IDENTIFIER, "email e_mail email_address =mail correo courriel"),
    Meaning(
        "a network or device address",
        Role.IDENTIFIER,
        "ip_address ipaddress =ip mac_address imei device_id cookie url =website =uuid =guid",
    ),
    Meaning(
        "a postal address",
        Role.IDENTIFIER,
        "address street strasse adresse direccion indirizzo adres rue =地址",
    ),
    Meaning(
        "a telephone number",
        Role.IDENTIFIER,
        "phone phone_number telephone mobile cell_phone fax telefon telefono mobilnummer handynummer"
        " =tel =handy",
    ),
    Meaning(
        "a national or official number",
        Role.IDENTIFIER,
        "ssn social_security social_security_number =sin nino national_id nhs nhs_number passport drivers"
        " driver_license drivers_license driving_licence license_number licence_number license_plate =vin"
        " tax_id =tin steuer_id personnummer cpf curp =dni =nie =nif bsn pesel codice_fiscale aadhaar"
        " =ahv svnr",
        keys_a_person=True,
    ),
    Meaning(
        "a record or account number",
        Role.IDENTIFIER,
        "mrn medical_record medical_record_number record_number record_no record_id chart_number"
        " account_number account_no account_id policy_number card_number iban =pan insurance_number"
        " case_number customer_number patient_number patient_no member_number fallnummer"
        " patientennummer kundennummer kontonummer",
        keys_a_person=True,
    ),
    Meaning(
        "the key of a person",
        Role.IDENTIFIER,
        " ".join(
            f"{who}_id {who}_key {who}_code {who}_nr {who}_num =id_{who} ={who}" for who in _PERSON.split()
        )
        + " subjid usubjid person_number =id_paciente =patienten_id",
        keys_a_person=True,
    ),
    Meaning(
        "a person's name",
        Role.IDENTIFIER,
        "=name =names full_name first_name last_name given_name family_name middle_name maiden_name =maiden"
        " surname forename firstname lastname =first =last =middle vorname nachname familienname prenom"
        " =nom nom_famille apellido apellidos nombre cognome =nome voornaam achternaam =naam"
        " patient_name customer_name client_name member_name employee_name contact_name doctor_name"
        " physician_name user_name username login nickname =姓名 =氏名 =名前 =фио =имя =фамилия",
    ),
    Meaning("a religion", Role.SENSITIVE, "religion faith konfession creed denomination"),
    Meaning(
        "a conviction or orientation",
        Role.SENSITIVE,
        "political politics party union vote voted sexual_orientation orientation",
    ),
    Meaning(
        "a state of health",
        Role.SENSITIVE,
        "diagnos* diag icd* hiv aids disease disorder symptom* syndrome comorbid* medical_condition"
        " condition_code drug* medication* medicine prescription* treatment therapy procedure surgery"
        " dose blood glucose chol cholesterol bmi smoker smoking smokes alcohol pregnan* genetic"
        " mutation disab* mental psychiatr* depress* suicid* cancer =ca tumor tumour diabetes dementia"
        " hypertension dzgroup dzclass krankheit diagnose maladie enfermedad malattia thal =cp dphy"
        " dear deye drem dvet test_result lab_result",
    ),
    Meaning(
        "a death", Role.SENSITIVE, "death deathdate death_date died dead deceased mortality hospdead survival"
    ),
    Meaning(
        "money, or standing with creditors",
        Role.SENSITIVE,
        "income* salary salaries wage wages earnings pincp pincp_decile povpip poverty wealth net_worth"
        " charge charges cost costs totcst totmcst expense expenses coverage price amount payment"
        " payments balance debt debt_to* loan credit_amount credit_limit credit_score limit_bal"
        " capital_gain capital_loss default defaulted delinq* bankrupt* tax_lien* mortgage deny denied"
        " approved loan_status interest_rate einkommen gehalt lohn kosten ingreso ingresos salario"
        " sueldo revenu salaire reddito stipendio",
    ),
    Meaning(
        "a conflict with the law",
        Role.SENSITIVE,
        "crime criminal conviction convicted arrest* offense offence",
    ),
    Meaning(
        "a date or year of birth",
        Role.QUASI_IDENTIFIER,
        "birth_date date_of_birth dob birthday birth_year year_of_birth yob birth =born geburtsdatum"
        " geburtsjahr date_naissance fecha_nacimiento data_nascita data_nascimento geboortedatum",
    ),
    Meaning(
        "an age",
        Role.QUASI_IDENTIFIER,
        "age agep age_group age_band =alter edad eta leeftijd idade =年齢 =возраст",
    ),
    Meaning(
        "a sex", Role.QUASI_IDENTIFIER, "sex gender geschlecht sexo sexe sesso geslacht genero =性別 =пол"
    ),
    Meaning(
        "a postal code",
        Role.QUASI_IDENTIFIER,
        "zip zip_code zipcode postcode post_code postal postal_code plz postleitzahl =cap code_postal"
        " codigo_postal",
    ),
    Meaning(
        "an origin or ethnicity",
        Role.QUASI_IDENTIFIER,
        "race rac1p ethnic* hispanic hisp afam nationality citizenship native_country country"
        " country_of_birth foreign_worker foreigner birthplace place_of_birth language mother_tongue"
        " staatsangehoerigkeit nationalitat pays pais nazionalita",
    ),
    Meaning(
        "a family situation",
        Role.QUASI_IDENTIFIER,
        "marital* marriage married civil_status personal_status familienstand spouse partner =single"
        " msp relationship household children dependents num_dependents kids family_size npf noc"
        " estado_civil",
    ),
    Meaning(
        "an education or occupation",
        Role.QUASI_IDENTIFIER,
        "education* educ edu school* degree bildung occupation job job_title emp_title profession"
        " employment employer workclass work_class industry indp indp_cat beruf selfemp self_employed"
        " emp_length veteran",
    ),
    Meaning(
        "a place",
        Role.QUASI_IDENTIFIER,
        "city town county =state province region area area_code postcode_area district municipality"
        " puma tract census_tract =ort stadt bundesland kreis ville commune departement ciudad"
        " municipio provincia regione latitude =lat longitude =lon =lng =long location geo gps housing"
        " housing_type homeownership own_rent",
    ),
    Meaning(
        "a stay or a visit",
        Role.QUASI_IDENTIFIER,
        "admission_date admitted admission discharge_date discharged discharge visit_date aufnahmedatum",
    ),
)

_KEY_WORDS = re.compile(r"(?:^|_)(?:id|ids|uuid|guid|identifier|key|number|no|nr|kennung|matricula)\d*$")
_ROW_NUMBER = re.compile(
    r"^(?:id|no|nr|sno|index|idx|row|row_id|row_number|rowid|rownum|unnamed_\d+|seq|serial)$"
)
_QUANTITY = re.compile(
    r"(?:^|_)(?:num|number|n|nb|count|counts|total|qty|quantity|times|children|dependents|siblings|visits|years|months"
    r"|days|hours|weeks|minutes|length|duration|rooms|bedrooms|bathrooms|floors|amount|size|age|since|score|rate"
    r"|accounts|inquiries|percent|pct|sum|avg|mean|width|height|distance|weight)\d*(?:_|$)"
)
_CODE = re.compile(
    r"(?:^|_)(?:code|codes|type|class|category|cat|group|naics|sic|soc|indp|occp|icd\w*|month|weekday|day|hour)\d*$"
)
_YES_NO_PREFIX = re.compile(r"^(?:is|has|had|own|owns|uses|no|any)_")


def plain_name(name: str) -> str:
    """The name in lower-case words joined by "_", without accents: "Straße-Nr", "strasseNr" ->"
    " strasse_nr."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", parted.casefold()) if not unicodedata.combining(c)
    )
    return re.sub(r"[\W_]+", "_", bare).strip("_")


def meaning(name: str) -> Meaning | None:
    """What the name stands for, None when it says nothing. Identifiers are looked for first."""
    plain = plain_name(name)
    flag = _YES_NO_PREFIX.match(plain) is not None
    for candidate in _MEANINGS:
        if _pattern(candidate.terms).search(plain) and not (flag and candidate.role is Role.IDENTIFIER):
            return candidate
    return None


def names_a_key(name: str) -> bool:
    """Whether the name is that of an id or number of something."""
    return _KEY_WORDS.search(plain_name(name)) is not None


def names_a_row_number(name: str) -> bool:
    """Whether the name is that of a row counter, or a bare id."""
    return _ROW_NUMBER.match(plain_name(name)) is not None


def names_a_quantity(name: str) -> bool:
    """Whether the name says that whole numbers in this column are counted or measured, not codes."""
    plain = plain_name(name)
    return _QUANTITY.search(plain) is not None and plain not in ("num", "number")


def names_a_code(name: str) -> bool:
    """Whether the name says that whole numbers in this column are codes or parts of a calendar."""
    return _CODE.search(plain_name(name)) is not None


@cache
def _pattern(terms: str) -> re.Pattern[str]:
    whole: list[str] = []
    part: list[str] = []
    for term in terms.split():
        words = "_?".join(re.escape(plain_name(word)) for word in term.strip("=*").split("_"))
        (whole if term.startswith("=") else part).append(words + (r"[^\W_]*" if term.endswith("*") else ""))
    inside = rf"(?:^|_)(?:{'|'.join(part)})\d*(?:_|$)" if part else r"(?!)"
    exact = rf"^(?:{'|'.join(whole)})\d*$" if whole else r"(?!)"
    return re.compile(f"{inside}|{exact}")

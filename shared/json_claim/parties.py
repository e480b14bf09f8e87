"""People, organisations and places of the shape."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Struct

from shared.json_claim.places import at, day

Gender = Literal["", "F", "M", "U"]


class ClaimAddress(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An address."""

    address1: Annotated[str, at("N301", "first line of the street address", 55)]
    address2: Annotated[str, at("N302", "second line", 55)] = ""
    city: Annotated[str, at("N401", "city", 30)]
    state: Annotated[str, at("N402", "state, two letters", 2)] = ""
    postal_code: Annotated[str, at("N403", "ZIP code, with or without hyphen; nine digits of a provider", 15)] = ""
    country_code: Annotated[str, at("N404", "country, where it is not the United States", 3)] = ""
    country_sub_division_code: Annotated[str, at("N407", "its part, where it has no states", 3)] = ""


class ClaimContact(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Whom to ask."""

    name: Annotated[str, at("PER02", "name", 60)] = ""
    phone_number: Annotated[str, at("PER04 (TE)", "telephone, digits only", 256)] = ""
    phone_extension: Annotated[str, at("PER06 (EX)", "extension", 256)] = ""
    fax_number: Annotated[str, at("PER04 (FX)", "fax, digits only", 256)] = ""
    email: Annotated[str, at("PER04 (EM)", "e-mail address", 256)] = ""


class ClaimSubmitter(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who sends the claim."""

    organization_name: Annotated[str, at("NM103", "name of an organisation", 60)] = ""
    last_name: Annotated[str, at("NM103", "last name of a person", 60)] = ""
    first_name: Annotated[str, at("NM104", "first name of a person", 35)] = ""
    submitter_identification: Annotated[str, at("NM109", "electronic transmitter number", 80)] = ""
    contact_information: Annotated[ClaimContact | None, at("1000A PER", "whom to ask about the claim")] = None


class ClaimReceiver(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who receives the claim."""

    organization_name: Annotated[str, at("NM103", "name; stands for the payer's where that is left out", 60)] = ""


class ClaimProvider(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A provider or place: an organisation, or a person by last and first name."""

    npi: Annotated[str, at("NM109", "National Provider Identifier, ten digits", 10)] = ""
    organization_name: Annotated[str, at("NM103", "name of an organisation", 60)] = ""
    last_name: Annotated[str, at("NM103", "last name of a person", 60)] = ""
    first_name: Annotated[str, at("NM104", "first name of a person", 35)] = ""
    middle_name: Annotated[str, at("NM105", "middle name of a person", 25)] = ""
    suffix: Annotated[str, at("NM107", "suffix of a person's name", 10)] = ""
    taxonomy_code: Annotated[str, at("PRV03", "provider taxonomy code", 10)] = ""
    employer_id: Annotated[str, at("REF02 (EI)", "employer identification number", 50)] = ""
    ssn: Annotated[str, at("REF02 (SY)", "social security number, where there is no employer's", 50)] = ""
    commercial_number: Annotated[str, at("REF02 (G2)", "payer's own number of the provider", 50)] = ""
    state_license_number: Annotated[str, at("REF02 (0B)", "state license number", 50)] = ""
    provider_upin_number: Annotated[str, at("REF02 (1G)", "UPIN", 50)] = ""
    location_number: Annotated[str, at("REF02 (LU)", "location number", 50)] = ""
    address: Annotated[ClaimAddress | None, at("N3", "address; required of the billing provider")] = None
    contact_information: Annotated[ClaimContact | None, at("PER", "whom to ask")] = None


class ClaimSubscriber(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The insured, and what insures them."""

    member_id: Annotated[str, at("NM109", "member identification number", 80)]
    last_name: Annotated[str, at("NM103", "last name", 60)] = ""
    first_name: Annotated[str, at("NM104", "first name", 35)] = ""
    middle_name: Annotated[str, at("NM105", "middle name", 25)] = ""
    suffix: Annotated[str, at("NM107", "suffix of the name", 10)] = ""
    organization_name: Annotated[str, at("NM103", "name, where the insured is an organisation", 60)] = ""
    date_of_birth: Annotated[str, day("DMG02", "day of birth")] = ""
    gender: Annotated[Gender, at("DMG03", "F, M, or U for unknown")] = ""
    ssn: Annotated[str, at("REF02 (SY)", "social security number", 11)] = ""
    address: Annotated[ClaimAddress | None, at("N3", "address")] = None
    payment_responsibility_level_code: Annotated[
        str, at("2000B SBR01", "P primary, S secondary, T tertiary; left out: P", 1)
    ] = ""
    group_number: Annotated[str, at("2000B SBR03", "group number", 50)] = ""
    policy_number: Annotated[str, at("2000B SBR03", "policy number, where there is no group number", 50)] = ""
    subscriber_group_name: Annotated[str, at("2000B SBR04", "group name", 60)] = ""
    insurance_type_code: Annotated[str, at("2000B SBR05", "type of insurance, where Medicare is secondary", 3)] = ""


class ClaimDependent(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The patient, where that is not the insured."""

    last_name: Annotated[str, at("NM103", "last name", 60)]
    relationship_to_subscriber_code: Annotated[
        str, at("2000C PAT01", "01 spouse, 19 child, G8 other, 20 employee, 21 unknown", 2)
    ]
    first_name: Annotated[str, at("NM104", "first name", 35)] = ""
    middle_name: Annotated[str, at("NM105", "middle name", 25)] = ""
    suffix: Annotated[str, at("NM107", "suffix of the name", 10)] = ""
    member_id: Annotated[str, at("NM109", "member identification number of their own", 80)] = ""
    date_of_birth: Annotated[str, day("DMG02", "day of birth")] = ""
    gender: Annotated[Gender, at("DMG03", "F, M, or U for unknown")] = ""
    ssn: Annotated[str, at("REF02 (SY)", "social security number", 11)] = ""
    address: Annotated[ClaimAddress | None, at("N3", "address")] = None


class ClaimOtherInsured(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Whom another payer insures."""

    other_insured_last_name: Annotated[str, at("NM103", "last name, or name of an organisation", 60)]
    other_insured_identifier: Annotated[str, at("NM109", "member identification number", 80)]
    other_insured_qualifier: Annotated[Literal["", "1", "2"], at("NM102", "1 a person, 2 an organisation")] = ""
    other_insured_first_name: Annotated[str, at("NM104", "first name", 35)] = ""
    other_insured_identifier_type_code: Annotated[str, at("NM108", "MI or II; left out: MI", 2)] = ""
    other_insured_address: Annotated[ClaimAddress | None, at("N3", "address")] = None


class ClaimOtherPayerName(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Another payer."""

    other_payer_organization_name: Annotated[str, at("NM103", "name", 60)]
    other_payer_identifier: Annotated[
        str, at("NM109", "payer id; `otherPayerPrimaryIdentifier` of a line names it", 80)
    ]
    other_payer_identifier_type_code: Annotated[str, at("NM108", "PI or XV; left out: PI", 2)] = ""
    other_payer_adjudication_or_payment_date: Annotated[str, day("DTP03 (573)", "day on which it decided")] = ""
    other_payer_claim_control_number: Annotated[str, at("REF02 (F8)", "its number of the claim", 50)] = ""

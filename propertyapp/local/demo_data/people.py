"""The owners, tenants and guarantors of the demo portfolio."""

from dataclasses import dataclass

OWNERS = [
    {
        "legal_name": "Larkspur Residential LLC",
        "mailing_address": "500 Howard Street, Suite 300\nSan Francisco, CA 94105",
        "email": "office@larkspur.example",
        "phone": "+14155550100",
        "signatory_name": "Margaret Hale",
        "signatory_title": "Managing member",
        "signatory_email": "margaret.hale@larkspur.example",
        "copy_email": "records@larkspur.example",
    },
    {
        "legal_name": "Desert Bloom Holdings, L.P.",
        "mailing_address": "2020 North Central Avenue\nPhoenix, AZ 85004",
        "email": "leasing@desertbloom.example",
        "phone": "+16025550140",
        "signatory_name": "Rafael Ortega",
        "signatory_title": "General partner",
        "signatory_email": "rafael.ortega@desertbloom.example",
        "copy_email": "",
    },
    {
        "legal_name": "Whitcomb Family Trust",
        "mailing_address": "18 Eastern Promenade\nPortland, ME 04101",
        "email": "eleanor@whitcomb.example",
        "phone": "+12075550117",
        "signatory_name": "Eleanor Whitcomb",
        "signatory_title": "Trustee",
        "signatory_email": "eleanor@whitcomb.example",
        "copy_email": "bookkeeper@whitcomb.example",
    },
]


@dataclass(frozen=True)
class Person:
    """A tenant or guarantor. Without an `email` of their own the address is made from the name."""

    name: str
    language: str = "en"
    channel: str = "portal"
    email: str = ""

    def address(self) -> str:
        plain = self.name.lower().translate(str.maketrans("áéíóúñü", "aeiounu"))
        words = "".join(letter for letter in plain if letter.isalnum() or letter == " ").split()
        return self.email or f"{'.'.join(words)}@mail.example"


PEOPLE = {
    person.name: person
    for person in [
        Person("Grace Okafor"),
        Person("Daniel Okafor"),
        Person("Lucía Fernández", language="es"),
        Person("Mateo Fernández", language="es", email="lucia.fernandez@mail.example"),
        Person("Wei Zhang"),
        Person("Amina Yusuf", channel="sms"),
        Person("Peter Lindqvist", channel="email"),
        Person("Noor Haddad"),
        Person("Iván Castillo", language="es", channel="sms"),
        Person("Hannah Bergstrom"),
        Person("Marcus Bell"),
        Person("Tamika Bell", email="marcus.bell@mail.example"),
        Person("Priya Raman"),
        Person("Arjun Raman", channel="email"),
        Person("Sofía Delgado", language="es"),
        Person("Owen Gallagher"),
        Person("Chloe Nakamura"),
        Person("Ben Nakamura"),
        Person("Ruth Adeyemi", channel="email"),
        Person("Samuel Adeyemi"),
        Person("Elena Marchetti"),
        Person("Joaquín Morales", language="es"),
        Person("Rosa Morales", language="es", email="joaquin.morales@mail.example"),
        Person("Dylan Foster"),
        Person("Maya Foster"),
        Person("Tom Hutchinson", channel="email"),
        Person("Aisha Rahman"),
        Person("Kevin O'Leary"),
        Person("Ingrid Solheim"),
        Person("Leila Moradi"),
        Person("Jamal Whitaker"),
        Person("Nina Petrova", channel="sms"),
        Person("Carlos Rivera", language="es"),
        Person("Abigail Stone"),
        Person("Theo Papadakis"),
        Person("Fatima Zahra El Idrissi"),
        Person("Henry Caldwell", channel="email"),
        Person("Yuki Tanaka"),
        Person("Gabriela Núñez", language="es"),
        Person("William Prescott III"),
        Person("Zoe Lambert"),
        Person("Andre Baptiste"),
        Person("Camille Baptiste", email="andre.baptiste@mail.example"),
        Person("Oliver Jensen"),
        Person("Ewa Kowalska"),
        Person("Robert Stone", channel="email"),
        Person("Patricia Lambert", channel="email"),
    ]
}

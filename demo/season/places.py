"""Where the season plays, and who works there."""

from accounts.roles import Role
from demo.season.shapes import Person, Venue

PASSWORD = "finlo-demo"  # noqa: S105 - printed on the screen of whoever starts the demo

_OWN = ("website", "app", "box-office")
_LARGE = (*_OWN, "kiosk", "pop-up", "yatra-desk", "deccan-tickets", "ghar-outlets", "bazaar",
          "lotus-hotels", "corporate", "sponsor", "guest-list")  # fmt: skip
_SMALL = (
    *_OWN,
    "yatra-desk",
    "deccan-tickets",
    "bazaar",
    "lotus-hotels",
    "corporate",
    "guest-list",
)

VENUES = {
    "sahyadri-arena": Venue(
        "Sahyadri Arena", "Mumbai", _LARGE,
        {"pop-up": (4, "The stall at the station is closed for works")},
    ),
    "hawa-court": Venue("Hawa Court", "Jaipur", (*_SMALL, "kiosk", "ghar-outlets")),
    "cubbon-hall": Venue(
        "Cubbon Hall", "Bengaluru", (*_SMALL, "kiosk"),
        {"lotus-hotels": (9, "The contract is being renewed")},
    ),
    "backwater-pavilion": Venue("Backwater Pavilion", "Kochi", _SMALL),
}  # fmt: skip

# Venues whose transfer rules are not only tried.
RULED = ("backwater-pavilion",)

_ALL = tuple(VENUES)
PEOPLE = (
    Person("admin@finlo.example", "Asha Rao", None, ()),
    Person("manager@finlo.example", "Vikram Desai", Role.VENUE_MANAGER, ("sahyadri-arena",)),
    Person("boxoffice@finlo.example", "Meera Joshi", Role.BOX_OFFICE, ("sahyadri-arena",)),
    Person("partners@finlo.example", "Kabir Singh", Role.PARTNER_MANAGER,
           ("sahyadri-arena", "cubbon-hall")),
    Person("finance@finlo.example", "Leela Nair", Role.FINANCE, _ALL),
    Person("auditor@finlo.example", "Farhan Ali", Role.AUDITOR, _ALL),
    # Sees nothing but the guest list of the hold that is hers.
    Person("promoter@finlo.example", "Tara Kapoor", Role.PARTNER, ("sahyadri-arena",)),
    Person("jaipur@finlo.example", "Nisha Rathore", Role.VENUE_MANAGER, ("hawa-court",)),
    Person("bengaluru@finlo.example", "Ravi Shetty", Role.VENUE_MANAGER, ("cubbon-hall",)),
    Person("kochi@finlo.example", "Anna Thomas", Role.VENUE_MANAGER, ("backwater-pavilion",)),
)  # fmt: skip

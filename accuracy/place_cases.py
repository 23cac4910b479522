"""Hand-made cases of every class of place: city, region, country, metro, several, remote, none, and artefacts."""

from accuracy.scores import Score, at_least, share
from accuracy.streams import taxonomy

# text, country of the source, place ids, way to work that the text hints at
HOME = [
    ("Lincoln", "GB", ["gb/england/lincoln"], None),
    ("Lincoln", "US", ["us/ne/lincoln"], None),
    ("Cambridge", "GB", ["gb/england/cambridge"], None),
    ("Perth", "GB", ["gb/scotland/perth"], None),
    ("Perth", "AU", ["au/western-australia/perth"], None),
    ("Birmingham", "US", ["us/al/birmingham"], None),
    ("Halifax", "CA", ["ca/nova-scotia/halifax"], None),
    ("Boston", "GB", ["gb/england/boston"], None),
    ("Newport", "GB", ["gb/wales/newport"], None),
    ("Hamilton", "NZ", ["nz/waikato/hamilton"], None),
    ("Valencia", "VE", ["ve/07/valencia"], None),
    ("San Jose", "CR", ["cr/08/san-jose"], None),
    ("Hyderabad", "PK", ["pk/sindh/hyderabad"], None),
    ("East London", "GB", ["gb/england/london"], None),
    ("East London", "ZA", ["za/eastern-cape/east-london"], None),
    ("St Mary's Hospital, London", "GB", ["gb/england/london"], None),
    ("London Road Hospital, Derby", "GB", ["gb/england/derby"], None),
    ("Sutton in Ashfield", "GB", ["gb/england/sutton-in-ashfield"], None),
    ("Georgia", "US", ["us/ga"], None),
    ("Georgia", "GE", ["ge"], None),
    ("Nowhere-on-Sea", "GB", ["gb"], None),
    ("Paris, France", "GB", ["fr/ile-de-france/paris"], None),
]
CLASSES = [
    ("Leeds, West Yorkshire, UK", None, ["gb/england/leeds"], None),
    ("New York, NY", None, ["us/ny/new-york"], None),
    ("New York, NY", "SD", ["us/ny/new-york"], None),
    ("Greater Boston Area", None, ["us/ma"], None),
    ("California", None, ["us/ca"], None),
    ("Bayern", None, ["de/bavaria"], None),
    ("United States", None, ["us"], None),
    ("Deutschland", None, ["de"], None),
    ("Austin, TX; Reno, NV", None, ["us/tx/austin", "us/nv/reno"], None),
    ("San Francisco, Seattle, Chicago", None, ["us/ca/san-francisco", "us/wa/seattle", "us/il/chicago"], None),
    ("US, Canada", None, ["us", "ca"], None),
    ("Remote - US", None, ["us"], "remote"),
    ("Remote (Germany)", None, ["de"], "remote"),
    ("Remote", None, [], "remote"),
    ("Anywhere", None, [], "remote"),
    ("Hybrid - London", None, ["gb/england/london"], "hybrid"),
    ("London (on-site)", None, ["gb/england/london"], "on_site"),
    ("Remote-friendly, Paris", None, ["fr/ile-de-france/paris"], "hybrid"),
    ("Hybrid", None, [], "hybrid"),
    ("EMEA", None, [], None),
    ("Multiple Locations", None, [], None),
    ("3 Locations", None, [], None),
    ("???", None, [], None),
    ("", None, [], None),
    ("Cambridge", None, [], None),
    ("Lincoln", None, [], None),
    ("Springfield", "US", ["us"], None),
]


def scores() -> list[Score]:
    """The share of texts of which every place and the way to work are read as a person reads them."""
    kinds = (("cases_of_bare_names_at_home", HOME), ("cases_of_classes", CLASSES))
    resolver, found = taxonomy().places, []
    for measure, cases in kinds:
        wrong = []
        for text, country, ids, mode in cases:
            places = resolver.places(text, country)
            read = [place.place_id for place in places if place.place_id]
            hint = next((place.remote_mode_hint for place in places if place.remote_mode_hint), None)
            if (read, hint) != (ids, mode):
                wrong.append(f"{text!r} in {country}: {read}, {hint}")
        found.append(share(measure, len(cases) - len(wrong), len(cases), at_least(0.98), wrong))
    return found

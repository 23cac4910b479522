"""Industry as a NAICS 2-digit sector: from a source's field, its categories that name one, or the employer's name."""

import polars as pl

from normalisation.columns import remembered

SECTORS = {
    "11": "Agriculture, Forestry, Fishing and Hunting",
    "21": "Mining, Quarrying, and Oil and Gas Extraction",
    "22": "Utilities",
    "23": "Construction",
    "31-33": "Manufacturing",
    "42": "Wholesale Trade",
    "44-45": "Retail Trade",
    "48-49": "Transportation and Warehousing",
    "51": "Information",
    "52": "Finance and Insurance",
    "53": "Real Estate and Rental and Leasing",
    "54": "Professional, Scientific, and Technical Services",
    "55": "Management of Companies and Enterprises",
    "56": "Administrative and Support and Waste Management Services",
    "61": "Educational Services",
    "62": "Health Care and Social Assistance",
    "71": "Arts, Entertainment, and Recreation",
    "72": "Accommodation and Food Services",
    "81": "Other Services (except Public Administration)",
    "92": "Public Administration",
}

_B = r"(?-u:\b)"
# The first rule that fits decides, so the narrower stands before the wider ("health insurance" before "health").
FIELD_RULES = (
    ("52", r"insuranc|versicherung|assurance"),
    (
        "54",
        (
            r"computer systems design|custom computer programming|it services|it.dienstleist|"
            r"information technology (?:and|&) services|it consult"
        ),
    ),
    (
        "51",
        r"software|saas|internet|video games?|computer games|publishing|broadcast|telecom|data processing|"
        r"web search|social network|streaming|"
        r"newspaper|film|motion picture|music production|information services|blockchain|artificial intelligence|"
        r"cyber|online media|e-learning platform",
    ),
    (
        "31-33",
        r"biotech|pharma|manufactur|hardware|semiconductor|aerospace|defense (?:and|&) space|automotive|automobil|"
        r"machin|chemical|medical devices?|"
        r"electronics|consumer goods|food (?:and|&) beverage|food production|textile|apparel (?:and|&)|metals?|"
        r"plastics|maschinenbau|shipbuild|robotics|"
        r"furniture|printing|tobacco|wine|brewer|steel|paper (?:and|&)|building materials|glass",
    ),
    ("61", r"education|school|university|universit|college|training|e-?learning|teaching|hochschule|bildung|tutor"),
    (
        "62",
        r"health|hospital|medical|nursing|clinic|social assistance|social care|child ?care|mental|"
        r"veterinar\w* clinic|physician|dental|gesundheit|pflege|"
        r"individual (?:and|&) family",
    ),
    (
        "92",
        r"government|public administration|federal agenc|municipal|state (?:and|&) local|public sector|military|"
        r"armed forces|law enforcement|judiciary|"
        r"legislative|public safety|öffentliche|international affairs|public policy",
    ),
    (
        "52",
        (
            r"bank|financ|lending|investment|capital markets|venture|private equity|credit union|fintech|"
            r"stock exchange|asset management|trading|payments?"
        ),
    ),
    ("53", r"real estate|property|immobilien|rental|leasing|commercial real"),
    ("23", r"construction|building trade|bauwesen|bauindustrie|civil engineering|home building"),
    (
        "22",
        (
            r"utilit|electric power|water supply|natural gas distribution|renewable|solar|wind power|energieversorg|"
            r"power generation|environmental energy"
        ),
    ),
    ("21", r"mining|oil (?:and|&) (?:gas|energy)|petroleum|quarry|energy, oil|extraction|energy & oil"),
    (
        "48-49",
        (
            r"logistic|transport|warehous|freight|shipping|airlines?|aviation|railroad|trucking|supply chain|courier|"
            r"delivery|maritime|postal"
        ),
    ),
    (
        "44-45",
        (
            r"retail|department, clothing|e-?commerce|supermarket|grocery|einzelhandel|stores?{b}|auto dealer|"
            r"gas stations|luxury goods|apparel"
        ),
    ),
    ("42", r"wholesale|distribution|import (?:and|&) export|großhandel|metals brokers"),
    ("72", r"hotel|hospitality|restaurant|catering|food service|accommodation|gastronomie|lodging|tourism|bars"),
    ("71", r"entertainment|sports?{b}|recreation|arts{b}|museum|gambling|casino|fitness|performing|leisure|event"),
    (
        "56",
        r"staffing|recruit|outsourcing|facilit|security services|travel agenc|waste|call center|"
        r"human resources services|personaldienst|temp agency|"
        r"office administration|janitorial|landscap|travel jobs",
    ),
    (
        "54",
        r"consult|legal|law (?:firm|practice)|accounting|advertis|marketing|research|architect|engineering|design|"
        r"professional|scientific|technology|"
        r"beratung|public relations|translation|market research|information technology|{b}it{b}|audit|photograph|"
        r"think tank",
    ),
    ("11", r"agricultur|farming|forestry|fishing|ranching|landwirtschaft|dairy"),
    ("22", r"energy"),
    (
        "81",
        (
            r"non-?profit|religio|civic|charit|membership|personal services|repair|philanthrop|beauty|funeral|"
            r"association|household|ngo{b}|voluntary"
        ),
    ),
    ("55", r"holding compan|management of companies|conglomerate|diversified"),
)
# Of the categories that boards use, most name a kind of work, not of employer; these name both.
CATEGORY_RULES = (
    ("62", r"^health ?care|^healthcare & nursing|^social work"),
    ("72", r"^hospitality & catering|^catering"),
    ("61", r"^teaching|^education"),
    ("23", r"^trade & construction|^construction"),
    ("48-49", r"^logistics & warehouse|^transport"),
    ("21", r"^energy, oil & gas"),
    ("44-45", r"^retail"),
    ("31-33", r"^manufacturing"),
    ("53", r"^property|^real estate"),
)
EMPLOYER_RULES = (
    (
        "56",
        r"recruit|staffing|{b}personnel{b}|employment agency|{b}talent (?:solutions|partners|group)|headhunt|"
        r"{b}manpower{b}|{b}randstad{b}|adecco|"
        r"search (?:partners|group|& selection|and selection)|selection (?:ltd|limited)|resourcing|zeitarbeit|"
        r"personalberatung|personaldienst",
    ),
    (
        "62",
        r"{b}nhs{b}|hospital|{b}clinics?{b}|klinik|medical (?:center|centre|group|practice)|health ?care|"
        r"healthcare|{b}hospice|surgery$|nursing home|"
        r"health (?:system|services|board|trust|network)|care home|krankenhaus|children's health|{b}ambulance{b}",
    ),
    (
        "61",
        (
            r"universit|{b}college{b}|{b}schools?{b}|academy trust|hochschule|school district|institute of technology|"
            r"{b}isd$|école|escuela"
        ),
    ),
    (
        "92",
        r"^(?:u\.?s\.? )?dep(?:artmen)?t\.? (?:of|for)|^(?:city|county|state|town|village|borough|"
        r"commonwealth) of|{b}(?:county|city|borough|district) council|"
        r"^ministry of|ministerium|^office of (?:the|management)|{b}government{b}|police department|"
        r"fire department|{b}county government|"
        r"federal (?:aviation|bureau|reserve board)|internal revenue service|customs and border|{b}air force{b}|"
        r"{b}u\.?s\.? (?:army|navy|marine|courts)|"
        r"national aeronautics|housing authority|(?:judicial|legislative) branch|general services administration|"
        r"{b}senate{b}|house of representatives",
    ),
    (
        "52",
        r"{b}bank(?:ing)?{b}|credit union|insurance|{b}assurance{b}|{b}mutual{b}|versicherung|sparkasse|"
        r"asset management|capital (?:partners|management|group)|"
        r"{b}securities{b}|hedge fund|financial (?:services|group|corp)|investments?{b}",
    ),
    (
        "31-33",
        (
            r"pharmaceutic|biotech|{b}pharma{b}|therapeutics|biosciences|semiconductor|{b}motors{b}|aerospace|"
            r"manufacturing|{b}steel{b}|chemicals?{b}"
        ),
    ),
    (
        "54",
        r"{b}llp$|consult(?:ing|ants|ancy)|law (?:firm|offices?)|solicitors|{b}attorneys|advertising|architects|"
        r"engineers{b}|research institute|"
        r"{b}laborator(?:y|ies){b}",
    ),
    ("72", r"{b}hotels?{b}|{b}resorts?{b}|restaurants?|{b}inns?{b}|catering|{b}pizza|{b}caf[eé]{b}|steakhouse"),
    ("44-45", r"{b}stores?{b}|supermarket|{b}retail{b}|outfitters"),
    ("48-49", r"airlines?{b}|airways|logistics|freight|railway|railroad|trucking|transportation (?:co|inc|group)"),
    ("23", r"construction|builders{b}|contracting"),
    ("53", r"real estate|realty|{b}properties{b}|immobilien"),
    (
        "22",
        (
            r"electric (?:co|power|cooperative)|water (?:authority|district|company)|utilities|stadtwerke|"
            r"power (?:administration|authority)"
        ),
    ),
    ("21", r"petroleum|{b}mining{b}|{b}drilling{b}|oil (?:&|and) gas"),
    ("51", r"software|telecom|broadcasting|newspapers?{b}|{b}studios{b}|publishing|media group"),
    ("11", r"{b}farms{b}|nursery|orchards?|ranch{b}|vineyards?"),
    ("71", r"museum|{b}ymca{b}|golf|country club|casino|theatre|{b}leisure{b}|landmarks"),
    ("81", r"{b}church{b}|foundation{b}|charit|diocese|salvation army"),
)
_CODE = r"^(?:naics[: ]*)?(11|21|22|23|31|32|33|42|44|45|48|49|5[1-6]|6[12]|7[12]|81|92)(?:\d{0,4}|-\d\d)$"
_RANGES = {"31": "31-33", "32": "31-33", "33": "31-33", "44": "44-45", "45": "44-45", "48": "48-49", "49": "48-49"}

INDUSTRY = pl.Struct({"industry": pl.String, "industry_origin": pl.String})


def industry(field: pl.Expr, category: pl.Expr, employer: pl.Expr) -> pl.Expr:
    """A struct of the sector and where it was read (field, employer); both null where nothing tells.

    `category` is the source's own grouping of jobs and counts only where it names a sector, as "field".
    """
    said = pl.coalesce(remembered(field, _of_field, pl.String), remembered(category, _of_category, pl.String))
    guessed = remembered(employer, _of_employer, pl.String)
    origin = pl.when(said.is_not_null()).then(pl.lit("field")).when(guessed.is_not_null()).then(pl.lit("employer"))
    return pl.struct(pl.coalesce(said, guessed).alias("industry"), origin.alias("industry_origin"))


def _of_field(text: pl.Expr) -> pl.Expr:
    lower = text.str.to_lowercase().str.strip_chars()
    code = lower.str.extract(_CODE, 1).replace(_RANGES)
    return pl.coalesce(code, _first(lower, FIELD_RULES))


def _of_category(text: pl.Expr) -> pl.Expr:
    return _first(text.str.to_lowercase().str.strip_chars(), CATEGORY_RULES)


def _of_employer(text: pl.Expr) -> pl.Expr:
    return _first(text.str.to_lowercase().str.strip_chars(), EMPLOYER_RULES)


def _first(lower: pl.Expr, rules: tuple[tuple[str, str], ...]) -> pl.Expr:
    return pl.coalesce(
        pl.when(lower.str.contains(rule.replace("{b}", _B))).then(pl.lit(sector)) for sector, rule in rules
    )

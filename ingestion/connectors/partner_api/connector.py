"""Pay statistics of a partner (Glassdoor, PayScale, Salary.com) by title and place, through a profile and a key.

Off unless the source says `licensed: true`: these APIs are open to contract partners alone.
"""

from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, Literal

import httpx
import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.live import ask
from ingestion.sources import SourceSpec
from ingestion.tabular.apply import apply_mapping
from ingestion.tabular.mapping import load_mapping
from ingestion.tabular.readers import Table, read_table
from ingestion.tabular.whole import Whole, records_of
from kit.clock import today
from kit.errors import BadInput, Permanent
from kit.identifiers import content_hash

PROFILES = Path(__file__).parent / "profiles"
VERSION = "1"


class Options(BaseModel):
    """The options in the sources file. Keys are references to the environment: `key: "${PAYSCALE_KEY}"`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: Literal["glassdoor", "payscale", "salary_com"]
    licensed: bool = False
    profile: str | None = None  # a profile file of your own, where the contract documents another shape
    base_url: str | None = None  # where the contract says another host
    key: SecretStr
    partner: SecretStr = SecretStr("")  # Glassdoor: the partner id that goes with the key
    titles: tuple[str, ...] = Field(min_length=1)
    places: tuple[str, ...] = Field(min_length=1)
    country: str = Field(default="US", pattern="^[A-Z]{2}$")


class Profile(BaseModel):
    """How one provider is asked, as data; {title}, {place}, {country}, {key} and {partner} stand for values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str
    path: str
    query: dict[str, str]
    hidden: dict[str, str] = {}  # parameters that carry keys: sent, and kept out of the landed request
    headers: dict[str, str] = {}
    mapping: dict[str, Any]


class PartnerApi:
    """One request for each title and place; what comes back goes through the profile's mapping."""

    kind = "partner_api"

    def days(self, spec: SourceSpec, fetcher: Fetcher, first: date | None, last: date | None) -> list[date]:
        self.options(spec)
        now = today(lambda: fetcher.now)
        return [now] if (first is None or first <= now) and (last is None or now <= last) else []

    def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
        options = self.options(spec)
        if day != today(lambda: fetcher.now):
            raise Permanent(f"{spec.name}: the API shows the present only, so {day} can come from landing alone")
        profile = _profile(options)
        secrets = {"key": spec.secret("key") or "", "partner": spec.secret("partner") or ""}
        if not secrets["key"]:
            raise Permanent(
                f"{spec.name}: {spec.options['key']} is not set in the environment: set it, or pause this source"
            )
        for title, place in product(options.titles, options.places):
            known = {"title": title, "place": place, "country": options.country}
            yield ask(
                fetcher,
                (options.base_url or profile.base_url) + profile.path,
                params={name: text.format(**known) for name, text in profile.query.items()},
                hidden={name: text.format(**secrets) for name, text in profile.hidden.items()},
                headers={name: text.format(**secrets) for name, text in profile.headers.items()},
            )

    def parse(self, spec: SourceSpec, day: date, page: Page) -> Parsed:
        """The answer's statistics; `@title` and `@place` are what was asked for."""
        profile = _profile(self.options(spec))
        mapping = load_mapping(profile.mapping, PROFILES)
        table = read_table(page.body, "answer.json", mapping.read)
        asked = httpx.URL(page.request.removeprefix("GET ")).params
        columns = {
            f"@{what}": asked.get(name) for name, text in profile.query.items() for what in ("title", "place")
            if text == f"{{{what}}}"
        }  # fmt: skip
        rows = table.rows.with_columns(pl.lit(value, pl.String).alias(name) for name, value in columns.items())
        return records_of(mapping, Whole(apply_mapping(mapping, Table(rows), page.request, day), table.torn), day)

    def frames(self, spec: SourceSpec) -> tuple[str, ...]:
        return (load_mapping(_profile(self.options(spec)).mapping, PROFILES).frame,)

    def version(self, spec: SourceSpec) -> str:
        return f"{VERSION}:{content_hash(_profile(self.options(spec)).model_dump_json().encode())}"

    def live(self, spec: SourceSpec) -> bool:
        return True

    def options(self, spec: SourceSpec) -> Options:
        """The options, checked; raises BadInput, also where no licence is stated."""
        try:
            options = Options.model_validate(spec.options)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'options'}: {e['msg']}" for e in error.errors())
            raise BadInput(f"source {spec.name} (partner_api): {faults}") from None
        if not options.licensed:
            raise BadInput(
                f"source {spec.name}: {options.provider} is open to contract partners alone; "
                "when your contract covers this use, say `licensed: true`, and its terms under `rights`"
            )
        return options


def _profile(options: Options) -> Profile:
    path = Path(options.profile) if options.profile else PROFILES / f"{options.provider}.yaml"
    try:
        return Profile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BadInput(f"{path} is not a profile of a partner's API: {error}") from None


CONNECTOR = PartnerApi()

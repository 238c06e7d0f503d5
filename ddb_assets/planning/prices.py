"""List prices by Region, from a dated data file; a person's own file can correct it or add Regions.

`prices.json` says for each Region where its numbers are known from. Discounts, free tiers and taxes are not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationError

from ddb_assets.errors import UserError

VARIABLE: Final = "DDB_ASSETS_PRICES"
"""The environment variable that names a file of one's own."""


class ListPrices(BaseModel):
    """One Region in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    read_request_units_million: NonNegativeFloat
    read_request_units_million_infrequent_access: NonNegativeFloat
    export_gb: NonNegativeFloat
    incremental_export_gb: NonNegativeFloat
    pitr_gb_month: NonNegativeFloat
    glue_dpu_hour: NonNegativeFloat
    s3_put_thousand: NonNegativeFloat
    s3_get_thousand: NonNegativeFloat
    s3_gb_month: NonNegativeFloat
    athena_tb_scanned: NonNegativeFloat
    sources: tuple[str, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: date
    currency: str = Field(default="USD", pattern="^USD$")
    reference_region: str | None = None
    sources: Mapping[str, str] = Field(default_factory=dict)
    regions: Mapping[str, ListPrices]


@dataclass(frozen=True)
class RegionPrices:
    """US dollars in one Region, as of a day. `known_from` says where the numbers come from."""

    region: str
    as_of: date
    usd: ListPrices
    known_from: tuple[str, ...] = ()

    def read_units_million(self, infrequent_access: bool) -> float:
        """A million read request units of an on-demand table, by its table class."""
        if infrequent_access:
            return self.usd.read_request_units_million_infrequent_access
        return self.usd.read_request_units_million


@dataclass(frozen=True)
class PriceTable:
    """Prices by Region. `reference` is the Region at whose prices methods are compared where there are none."""

    regions: Mapping[str, RegionPrices]
    reference: str

    def of(self, region: str) -> RegionPrices | None:
        """The Region's prices, or None."""
        return self.regions.get(region)

    def to_compare(self, region: str) -> RegionPrices:
        """The Region's prices, or the reference's: between Regions prices differ, but hardly their proportions."""
        return self.regions.get(region) or self.regions[self.reference]


def load_prices(own: Path | None = None) -> PriceTable:
    """The packaged prices; those of the file `own`, where one is named, win Region by Region.

    Raises:
        UserError: the file can't be read, or isn't of the form of the packaged one; names the field.
    """
    packaged = _File.model_validate_json(files(__package__).joinpath("prices.json").read_text(encoding="utf-8"))
    regions = _regions(packaged)
    if own is not None:
        regions |= _regions(_read(own))
    return PriceTable(regions, packaged.reference_region or "us-east-1")


def no_prices(region: str) -> str:
    """What to say in place of dollars."""
    return (
        f"No prices are known for {region}, so nothing is said in dollars. Write a file of the form of "
        f"ddb_assets/planning/prices.json with that Region, and name it: {VARIABLE}=/path/prices.json"
    )


def _read(path: Path) -> _File:
    try:
        return _File.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{VARIABLE}={str(path)!r} can't be read: {error}") from None
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'the file'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise UserError(
            f"{VARIABLE}={str(path)!r} is no price file: {problems}. Its form is that of "
            "ddb_assets/planning/prices.json."
        ) from None


def _regions(file: _File) -> dict[str, RegionPrices]:
    return {
        region: RegionPrices(region, file.as_of, prices, tuple(file.sources.get(key, key) for key in prices.sources))
        for region, prices in file.regions.items()
    }

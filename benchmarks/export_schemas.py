"""The schemas that users of DuckDB or polars must write for the two data sets; Spark's come of what it infers."""

from typing import Any

_DUCKDB_FLAT = (
    """{Item: 'STRUCT(
        id STRUCT(S VARCHAR), n STRUCT(N BIGINT), price STRUCT(N DECIMAL(18,2)), state STRUCT(S VARCHAR),
        active STRUCT(BOOL BOOLEAN), created STRUCT(S VARCHAR), customer STRUCT(S VARCHAR),
        weight STRUCT(N DECIMAL(18,3)), text00 STRUCT(S VARCHAR))'}""",
    """Item.id.S AS id, Item.n.N AS n, Item.price.N AS price, Item.state.S AS state, Item.active.BOOL AS active,
       Item.created.S AS created, Item.customer.S AS customer, Item.weight.N AS weight, Item.text00.S AS text00""",
)
_DUCKDB_NESTED = (
    """{Item: 'STRUCT(
        id STRUCT(S VARCHAR),
        address STRUCT(M STRUCT(street STRUCT(S VARCHAR), zip STRUCT(S VARCHAR),
            place STRUCT(M STRUCT(lat STRUCT(N DECIMAL(9,2)), lon STRUCT(N DECIMAL(9,2)))))),
        lines STRUCT(L STRUCT(M STRUCT(sku STRUCT(S VARCHAR), quantity STRUCT(N BIGINT), price STRUCT(N DECIMAL(18,2)),
            gift STRUCT(BOOL BOOLEAN), note STRUCT(S VARCHAR)))[]),
        tags STRUCT(SS VARCHAR[]), ratings STRUCT(NS BIGINT[]), paid STRUCT(BOOL BOOLEAN),
        total STRUCT(N DECIMAL(18,2)))'}""",
    """Item.id.S AS id,
       {street: Item.address.M.street.S, zip: Item.address.M.zip.S,
        place: {lat: Item.address.M.place.M.lat.N, lon: Item.address.M.place.M.lon.N}} AS address,
       [{sku: line.M.sku.S, quantity: line.M.quantity.N, price: line.M.price.N, gift: line.M.gift.BOOL,
         note: line.M.note.S} FOR line IN Item.lines.L] AS lines,
       Item.tags.SS AS tags, Item.ratings.NS AS ratings, Item.paid.BOOL AS paid, Item.total.N AS total""",
)
DUCKDB = {"flat": _DUCKDB_FLAT, "nested": _DUCKDB_NESTED}
"""For each shape the columns as they are in the files, and what is selected from them."""


def polars(shape: str) -> tuple[dict[str, Any], list[Any]]:
    """The lines' schema and the expressions of the columns."""
    import polars as pl

    def one(tag: str, dtype: Any = pl.String) -> Any:
        return pl.Struct({tag: dtype})

    def field(base: Any, *path: str) -> Any:
        for name in path:
            base = base.struct.field(name)
        return base

    item = pl.col("Item")
    price = pl.Decimal(18, 2)
    if shape == "flat":
        texts = ("id", "state", "created", "customer", "text00")
        numbers = {"n": pl.Int64(), "price": price, "weight": pl.Decimal(18, 3)}
        fields = {name: one("S") for name in texts} | {name: one("N") for name in numbers}
        fields["active"] = one("BOOL", pl.Boolean)
        expressions = [field(item, name, "S").alias(name) for name in texts]
        expressions += [field(item, name, "N").cast(dtype).alias(name) for name, dtype in numbers.items()]
        expressions.append(field(item, "active", "BOOL").alias("active"))
        return {"Item": pl.Struct(fields)}, expressions
    place = pl.Struct({"lat": one("N"), "lon": one("N")})
    address = pl.Struct({"street": one("S"), "zip": one("S"), "place": one("M", place)})
    line = pl.Struct(
        {"sku": one("S"), "quantity": one("N"), "price": one("N"), "gift": one("BOOL", pl.Boolean), "note": one("S")}
    )
    fields = {
        "id": one("S"),
        "address": one("M", address),
        "lines": one("L", pl.List(one("M", line))),
        "tags": one("SS", pl.List(pl.String)),
        "ratings": one("NS", pl.List(pl.String)),
        "paid": one("BOOL", pl.Boolean),
        "total": one("N"),
    }
    where = field(item, "address", "M")
    element = field(pl.element(), "M")
    return {"Item": pl.Struct(fields)}, [
        field(item, "id", "S").alias("id"),
        pl.struct(
            field(where, "street", "S").alias("street"),
            field(where, "zip", "S").alias("zip"),
            pl.struct(
                field(where, "place", "M", "lat", "N").cast(pl.Decimal(9, 2)).alias("lat"),
                field(where, "place", "M", "lon", "N").cast(pl.Decimal(9, 2)).alias("lon"),
            ).alias("place"),
        ).alias("address"),
        field(item, "lines", "L")
        .list.eval(
            pl.struct(
                field(element, "sku", "S").alias("sku"),
                field(element, "quantity", "N").cast(pl.Int64).alias("quantity"),
                field(element, "price", "N").cast(price).alias("price"),
                field(element, "gift", "BOOL").alias("gift"),
                field(element, "note", "S").alias("note"),
            )
        )
        .alias("lines"),
        field(item, "tags", "SS").alias("tags"),
        field(item, "ratings", "NS").cast(pl.List(pl.Int64)).alias("ratings"),
        field(item, "paid", "BOOL").alias("paid"),
        field(item, "total", "N").cast(price).alias("total"),
    ]


def spark_expressions(item: Any) -> list[str]:
    """A select expression for each attribute of the inferred type of an item."""
    return [f"{_untagged(f'Item.`{field.name}`', field.dataType)} AS `{field.name}`" for field in item.fields]


def _untagged(path: str, tagged: Any, depth: int = 0) -> str:
    """What a tag-struct holds, in SQL; numbers as DECIMAL(38,18), which is what holds them all."""
    (tag,) = tagged.fields  # the data sets have one tag for each attribute
    inner = f"{path}.`{tag.name}`"
    match tag.name:
        case "N":
            return f"CAST({inner} AS DECIMAL(38,18))"
        case "NS":
            return f"CAST({inner} AS ARRAY<DECIMAL(38,18)>)"
        case "M":
            members = [
                f"'{field.name}', {_untagged(f'{inner}.`{field.name}`', field.dataType, depth)}"
                for field in tag.dataType.fields
            ]
            return f"IF({inner} IS NULL, NULL, named_struct({', '.join(members)}))"
        case "L":
            element = f"x{depth}"
            return f"transform({inner}, {element} -> {_untagged(element, tag.dataType.elementType, depth + 1)})"
    return inner

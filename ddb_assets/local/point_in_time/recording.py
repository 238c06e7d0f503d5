"""Every write of moto's DynamoDB, with its instant, what it replaced and what it left.

PutItem, BatchWriteItem, PartiQL's statements and imports all go through `Table.put_item` and `Table.delete_item`;
UpdateItem changes the stored item in place; TransactWriteItems is these three, and puts back copies of the tables when
one fails. moto deletes no expired items. Writes are made one after the other, so that the order of the history is that
of the table.
"""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NamedTuple

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from ddb_assets.local.dynamodb import resize
from ddb_assets.local.past import HEADER
from ddb_assets.local.plain_numbers import make_plain, plain_attributes
from ddb_assets.local.point_in_time import clock
from ddb_assets.local.point_in_time.history import BeforeLastChange, History

Key = tuple[DynamoType, DynamoType | None]

writing = threading.RLock()
"""Held during each write; hold it to see a table between two of them."""

_thread = threading.local()


class _Write(NamedTuple):
    history: History[Item]
    key: Key
    item: Item | None


def install() -> None:
    """Change moto's DynamoDB in this process."""
    Table.history = None
    put_item, delete_item = Table.put_item, Table.delete_item
    update_item, transact = DynamoDBBackend.update_item, DynamoDBBackend.transact_write_items

    @wraps(put_item)
    def recorded_put(table: Table, item_attrs: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        with writing:
            key = _key(table, item_attrs)
            _refuse_misdated(table, key)
            old = _lookup(table, key)
            item = put_item(table, plain_attributes(item_attrs), *args, **kwargs)
            _changed(table, (item.hash_key, item.range_key), old, item)
            return item

    @wraps(delete_item)
    def recorded_delete(table: Table, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        with writing:
            _refuse_misdated(table, (hash_key, range_key))
            item: Item | None = delete_item(table, hash_key, range_key)
            if item is not None:
                _changed(table, (hash_key, range_key), item, None)
            return item

    @wraps(update_item)
    def recorded_update(
        backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Item:
        with writing:
            table = backend.get_table(table_name)
            given = _key(table, key)
            _refuse_misdated(table, given)
            with _stored_apart(table, given) as old:
                item = update_item(backend, table_name, key, *args, **kwargs)
                make_plain(item)
            _changed(table, (item.hash_key, item.range_key), old, item)
            return item

    @wraps(transact)
    def recorded_transaction(backend: DynamoDBBackend, *args: Any, **kwargs: Any) -> None:
        with writing, _together():
            transact(backend, *args, **kwargs)

    Table.put_item, Table.delete_item = recorded_put, recorded_delete
    DynamoDBBackend.update_item, DynamoDBBackend.transact_write_items = recorded_update, recorded_transaction


def stored(table: Table) -> Iterator[tuple[Key, Item]]:
    """The table's items with their keys."""
    for hash_key, held in table.items.items():
        if table.range_key_attr:
            yield from (((hash_key, range_key), item) for range_key, item in held.items())
        else:
            yield (hash_key, None), held


def _key(table: Table, attributes: dict[str, Any]) -> Key | None:
    """The key among an item's attributes; None when there is none that moto would take."""
    if any(name not in attributes for name in table.table_key_attrs):
        return None
    range_key = DynamoType(attributes[table.range_key_attr]) if table.range_key_attr else None
    key = DynamoType(attributes[table.hash_key_attr]), range_key
    try:
        hash(key)
    except (TypeError, ArithmeticError):
        return None
    return key


def _refuse_misdated(table: Table, key: Key | None) -> None:
    """Before anything is changed: a write that can't have happened then."""
    if table.history is None or key is None:
        return
    try:
        table.history.place(key, clock.request_instant())
    except BeforeLastChange as error:
        given, last = clock.to_datetime(error.given).isoformat(), clock.to_datetime(error.last).isoformat()
        raise MockValidationException(
            f"{HEADER}: the write is dated {given}, before the item's last change or the beginning of the "
            f"table's history ({last})"
        ) from None


def _changed(table: Table, key: Key, old: Item | None, new: Item | None) -> None:
    # An update of a new item begins with a put of its bare key.
    if getattr(_thread, "updating", False):
        return
    resize(table, old, new)
    if table.history is None:
        return
    write = _Write(table.history, key, new)
    together: list[_Write] | None = getattr(_thread, "together", None)
    if together is None:
        _commit([write])
    else:
        together.append(write)


def _commit(writes: list[_Write]) -> None:
    instant = clock.request_instant()
    for write in writes:
        write.history.record(write.key, write.history.place(write.key, instant), write.item)


@contextmanager
def _together() -> Iterator[None]:
    """A transaction: all its writes at one instant, or none."""
    writes: list[_Write] = []
    _thread.together = writes
    try:
        yield
        _commit(writes)
    finally:
        del _thread.together


@contextmanager
def _stored_apart(table: Table, key: Key | None) -> Iterator[Item | None]:
    """The stored item, which stays as it is: moto changes a copy in its place. On an error it is put back."""
    old = _lookup(table, key)
    if old is not None:
        _store(table, old.hash_key, old.range_key, copy.deepcopy(old))
    _thread.updating = True
    try:
        yield old
    except BaseException:
        if old is not None:
            _store(table, old.hash_key, old.range_key, old)
        elif key is not None:
            _discard(table, key)
        raise
    finally:
        _thread.updating = False


def _lookup(table: Table, key: Key | None) -> Item | None:
    held = None if key is None else table.items.get(key[0])
    if held is None or key is None or key[1] is None:
        return held
    item: Item | None = held.get(key[1])
    return item


def _store(table: Table, hash_key: DynamoType, range_key: DynamoType | None, item: Item) -> None:
    if range_key is None:
        table.items[hash_key] = item
    else:
        table.items[hash_key][range_key] = item


def _discard(table: Table, key: Key) -> None:
    if key[1] is None:
        table.items.pop(key[0], None)
    else:
        table.items[key[0]].pop(key[1], None)

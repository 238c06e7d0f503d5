"""Base64 text to bytes, a whole array at once."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_INVALID = 64
_SEXTETS = np.full(256, _INVALID, np.uint8)
_SEXTETS[np.frombuffer(_ALPHABET, np.uint8)] = np.arange(64, dtype=np.uint8)
_SEXTETS[ord("=")] = 0


class NotBase64(ValueError):
    """Text under the tag `B` or `BS` that isn't padded base64."""

    def __init__(self, text: str) -> None:
        super().__init__(f"not the base64 text that DynamoDB sends for bytes: {text[:80]!r}")


def decoded(texts: pa.Array) -> pa.Array:
    """The bytes of each text, null where it is null. Raises NotBase64 naming the first that isn't."""
    # What stands under nulls or outside of a slice must not be decoded.
    there = texts.drop_null()
    joined = pa.concat_arrays([there]) if there.offset else there
    well_formed = pc.match_substring_regex(there, r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")
    if not pc.all(well_formed, min_count=0).as_py():
        raise NotBase64(there.filter(pc.invert(well_formed))[0].as_py())
    lengths = pc.binary_length(joined).to_numpy().astype(np.int64)
    total = int(lengths.sum())
    text = np.frombuffer(joined.buffers()[2] or b"", np.uint8, count=total)
    padding = np.zeros(len(there), np.int64)
    for ending in ("=", "=="):
        padding += pc.ends_with(there, ending).to_numpy(zero_copy_only=False)
    quads = _SEXTETS[text].astype(np.uint32).reshape(-1, 4)
    words = quads[:, 0] << 18 | quads[:, 1] << 12 | quads[:, 2] << 6 | quads[:, 3]
    triples = np.stack([words >> 16 & 255, words >> 8 & 255, words & 255], axis=1).astype(np.uint8).ravel()
    full = lengths // 4 * 3
    ends = np.cumsum(full)
    wanted = np.ones(len(triples), np.bool_)
    wanted[ends[padding >= 1] - 1] = False
    wanted[ends[padding == 2] - 2] = False
    sizes = np.zeros(len(texts), np.int64)
    valid = texts.is_valid().to_numpy(zero_copy_only=False)
    sizes[valid] = full - padding
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    validity = pa.array(valid).buffers()[1]
    data = pa.py_buffer(triples[wanted].tobytes())
    return pa.Array.from_buffers(pa.binary(), len(texts), [validity, pa.py_buffer(offsets.tobytes()), data])

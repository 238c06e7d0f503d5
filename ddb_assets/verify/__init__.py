"""The lossless proof: a published snapshot turned back into DynamoDB items and compared with their source."""

from ddb_assets.verify.proof import LIVE_TABLE, Proof, verify

__all__ = ["LIVE_TABLE", "Proof", "verify"]

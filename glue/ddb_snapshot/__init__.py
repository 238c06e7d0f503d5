"""The library that ships with the Glue job: capture, drafts, columns, formats, throttle, manifest.

It knows DynamoDB, Arrow and S3, and neither Dagster nor the orchestrating package.
"""

"""Reading a table page by page, inside its read budget.

throttle    the budget, and the pace that keeps a task inside it
share       a task's part of the job's rate, without a coordinator
scanner     pages as the bytes that DynamoDB sent; boto3 signs and retries
page_body   a page's body: checked, and its items apart from what stands beside them
prefetch    pages read ahead while others are decoded
"""

"""A small stack's functions. They have no packages, so they speak to the emulator themselves."""

import json
import os
import time
import urllib.request
from typing import Any


def authorizer(event: Any, _context: object) -> Any:
    return {
        "isAuthorized": event["headers"].get("authorization") != "bad",
        "context": {"principal": json.dumps({"kind": "guest"})},
    }


def api(event: Any, _context: object) -> Any:
    path = event["rawPath"]
    if path == "/crash":
        raise ValueError("a secret of the function's")
    if path == "/exit":
        os._exit(3)
    body = {"event": event, "environment": dict(os.environ)}
    return {"statusCode": 200, "headers": {"x-mine": "1"}, "body": json.dumps(body)}


def worker(event: Any, _context: object) -> Any:
    for record in event["Records"]:
        began = time.time()
        message = json.loads(record["body"])
        time.sleep(message["seconds"])
        group = record["attributes"]["MessageGroupId"]
        put(
            {
                "pk": {"S": f"{group}-{message['number']}"},
                "group": {"S": group},
                "number": {"N": str(message["number"])},
                "began": {"N": str(began)},
                "ended": {"N": str(time.time())},
            }
        )
    return {"batchItemFailures": []}


def put(item: Any) -> None:
    request = urllib.request.Request(
        os.environ["AWS_ENDPOINT_URL"],
        json.dumps({"TableName": os.environ["TABLE"], "Item": item}).encode(),
        {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": "DynamoDB_20120810.PutItem",
            "authorization": "AWS4-HMAC-SHA256 Credential="
            f"{os.environ['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/dynamodb/aws4_request",
        },
    )
    urllib.request.urlopen(request, timeout=10).read()

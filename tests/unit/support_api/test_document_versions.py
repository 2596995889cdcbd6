"""What a document said before, over the routes."""

from tests.support.callers import STAFF
from tests.support.support_api import Client

DOCUMENT = {"title": "Refunds", "content": "Within 30 days.", "category": "policy"}


def test_versions_are_kept_and_read(client: Client) -> None:
    # given a document that was changed twice, the last time to a draft
    made = client.send("POST", "/api/knowledge", STAFF, body=DOCUMENT)
    path = made.headers["location"]
    client.send("PUT", path, STAFF, body=DOCUMENT | {"content": "Within 14 days."})
    draft = {"content": "Within 7 days.", "status": "draft", "title": "Money back"}
    client.send("PUT", path, STAFF, body=DOCUMENT | draft)

    # when its versions are listed, a page at a time
    first = client.get(f"{path}/versions", STAFF, query={"limit": 2}).content
    query = {"limit": 2, "cursor": first["next_cursor"]}
    second = client.get(f"{path}/versions", STAFF, query=query).content

    # then all three are there, the latest first, without their words
    assert [one["number"] for one in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next_cursor"] is None
    assert "content" not in first["items"][0]
    assert first["items"][0]["title"] == "Money back"
    assert first["items"][0]["created_by"] == STAFF.subject

    # and each can be read as it was
    assert client.get(f"{path}/versions/1", STAFF).content["content"] == "Within 30 days."
    assert client.get(f"{path}/versions/3", STAFF).content["content"] == "Within 7 days."


def test_unknown_versions_are_not_found(client: Client) -> None:
    path = client.send("POST", "/api/knowledge", STAFF, body=DOCUMENT).headers["location"]
    for number in ("0", "2", "-1", "x", "²", "9" * 30):
        assert client.get(f"{path}/versions/{number}", STAFF).status == 404
    assert client.get("/api/knowledge/doc_unknown/versions", STAFF).status == 404
    assert client.get("/api/knowledge/doc_unknown/versions/1", STAFF).status == 404


def test_cursor_is_good_for_its_document_only(client: Client) -> None:
    paths = []
    for _ in range(2):
        path = client.send("POST", "/api/knowledge", STAFF, body=DOCUMENT).headers["location"]
        client.send("PUT", path, STAFF, body=DOCUMENT | {"content": "Changed."})
        paths.append(path)
    cursor = client.get(f"{paths[0]}/versions", STAFF, query={"limit": 1}).content["next_cursor"]
    answer = client.get(f"{paths[1]}/versions", STAFF, query={"cursor": cursor})
    assert answer.status == 422

import json
from pathlib import Path

import pytest

from localstack.gateway import Answer, Request
from localstack.site import Site


def get(path: str, *, host: str = "127.0.0.1:3000", method: str = "GET") -> Request:
    return Request(method, path, "", {"host": host}, b"", "127.0.0.1")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    for name in ("index.html", "console/index.html", "widget.js", "assets/site-a1b2c3d4.css"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"content of {name}")
    (tmp_path / "secret").write_text("of somebody else")
    return folder


def served(site: Site, path: str) -> Answer:
    answer = site.answer(get(path))
    assert answer is not None, path
    return answer


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "index.html"),
        ("/console", "console/index.html"),
        ("/console/", "console/index.html"),
        ("/console/conversations/cnv_1", "console/index.html"),
        ("/widget.js", "widget.js"),
    ],
)
def test_each_address_has_its_file(built: Path, path: str, name: str) -> None:
    assert served(Site(built), path).body == f"content of {name}".encode()


@pytest.mark.parametrize("path", ["/", "/console", "/widget.js", "/config.json"])
def test_everything_has_the_strict_headers(built: Path, path: str) -> None:
    headers = served(Site(built, ["http://127.0.0.1:4566"]), path).headers

    policy = str(headers["content-security-policy"]).split("; ")
    assert policy[0] == "default-src 'none'"
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "connect-src 'self' http://127.0.0.1:4566" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in str(policy)
    assert headers["x-content-type-options"] == "nosniff"


def test_only_what_its_name_tells_apart_is_kept_for_long(built: Path) -> None:
    site = Site(built)

    assert "immutable" in str(served(site, "/assets/site-a1b2c3d4.css").headers["cache-control"])
    assert served(site, "/widget.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/../secret", "/assets/../../secret", "/nothing.js", "/api/chat"])
def test_nothing_else_is_served(built: Path, path: str) -> None:
    assert Site(built).answer(get(path)) is None


def test_pages_are_read_and_nothing_else(built: Path) -> None:
    assert Site(built).answer(get("/", method="POST")) is None


def test_pages_learn_where_people_sign_in(built: Path) -> None:
    config = json.loads(served(Site(built), "/config.json").body)

    assert config["api"] == ""
    assert config["oidc"]["authorization_endpoint"] == "/oidc/authorize"


@pytest.mark.parametrize("path", ["/", "/console", "/console/tickets"])
def test_pages_that_were_not_built_say_so(tmp_path: Path, path: str) -> None:
    answer = served(Site(tmp_path), path)

    assert b"make web" in answer.body
    assert b"<script" not in answer.body
    assert b"style=" not in answer.body


def test_a_pages_examples_name_the_address_that_was_asked(tmp_path: Path) -> None:
    answer = Site(tmp_path).answer(get("/", host="127.0.0.1:3456"))

    assert answer is not None
    assert b"http://127.0.0.1:3456/api/chat" in answer.body


def test_a_host_that_is_no_host_is_not_written_into_a_page(tmp_path: Path) -> None:
    answer = Site(tmp_path).answer(get("/", host="<script>"))

    assert answer is not None
    assert b"<script>" not in answer.body

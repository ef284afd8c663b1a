"""Places are said as short as needed."""

import pytest

from ocoro.cli.recorded.model import Site
from ocoro.cli.show.places import place, shorten

LONG = "/usr/lib/python3.12/http/client.py:286 _read_status"


def test_file_is_seen_from_the_folder_of_the_run():
    site = Site(1, "recv", "/srv/app/web/fetch.py", 7, "get")
    assert place(site, "/srv/app") == "web/fetch.py:7 get"
    assert place(site, "/srv/ap") == "/srv/app/web/fetch.py:7 get"
    assert place(site, "") == "/srv/app/web/fetch.py:7 get"


def test_unknown_place_is_elsewhere():
    assert place(Site(1, "recv"), "/srv/app") == "(elsewhere)"


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (48, ".../python3.12/http/client.py:286 _read_status"),
        (40, ".../http/client.py:286 _read_status"),
        (30, ".../client.py:286 _read_status"),
        (20, "client.py:286"),
        (5, "client.py:286"),
    ],
)
def test_outer_folders_go_then_the_function(width, text):
    assert shorten(LONG, width) == text


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("/opt/venv/lib/python3.12/site-packages/requests/sessions.py", "requests/sessions.py"),
        ("/usr/lib/python3/dist-packages/flask/app.py", "flask/app.py"),
        ("/usr/lib/python3.11/selectors.py", "python3.11/selectors.py"),
        ("/srv/lib/python/tool.py", "/srv/lib/python/tool.py"),
    ],
)
def test_installed_files_are_named_from_their_package_on(file, shown):
    assert place(Site(1, "recv", file, 7, "get"), "/srv/app") == f"{shown}:7 get"

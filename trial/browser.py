"""An agent's browser: signs in, opens the list, takes an incident, comes to the desk and leaves."""

from __future__ import annotations

import re

import requests

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_INCIDENT = re.compile(r'href="[^"]*(/incidents/\d+)["?#]')
SECONDS = 20


class Browser:
    """Over HTTP, with the forms' own CSRF tokens; raises `requests.HTTPError` where it is refused
    in a way that no colleague who was quicker explains (409)."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self._url, self._email, self._password = url, email, password
        self._http = requests.Session()
        self._http.trust_env = False  # on the loopback no proxy has a say

    def set_present(self, present: bool) -> None:
        """Signs in where the session has ended: it lasts twelve hours."""
        page = self._get("/incidents")
        if "/sign-in" in page.url:
            page = self._post(page, "/sign-in", email=self._email, password=self._password)
        self._post(page, "/presence", follow=False, present="1" if present else "0")

    def take_first(self) -> bool:
        """Takes the first incident of the list that nobody holds; false where there is none."""
        for path in dict.fromkeys(_INCIDENT.findall(self._get("/incidents").text)):
            page = self._get(path)
            if f'{path}/take"' in page.text:
                taken = self._post(page, f"{path}/take")
                return bool(taken.status_code != requests.codes.conflict)
        return False

    def _get(self, path: str) -> requests.Response:
        page = self._http.get(f"{self._url}{path}", timeout=SECONDS)
        page.raise_for_status()
        return page

    def _post(
        self, page: requests.Response, path: str, follow: bool = True, **form: str
    ) -> requests.Response:
        token = _TOKEN.search(page.text)
        fields = {"csrf_token": token[1], **form} if token else form
        answer = self._http.post(
            f"{self._url}{path}", data=fields, timeout=SECONDS, allow_redirects=follow
        )
        if answer.status_code != requests.codes.conflict:
            answer.raise_for_status()
        return answer

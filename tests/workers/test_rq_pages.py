"""django-rq's pages under our Content-Security-Policy."""

import re

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import Client

from tests.polls.conftest import clean, driver, poll
from tests.polls.poll_driver import PollDriver
from tests.promises.parts import run_worker
from workers import rq_pages

__all__ = ["clean", "driver", "poll"]

DASHBOARD = "/admin/django_rq/dashboard/"


@pytest.mark.parametrize("page", ["", "queues/0/", "queues/0/finished/", "workers/0/"])
def test_what_stands_in_a_page_is_named_in_its_policy(admin_client: Client, driver: PollDriver, page: str):
    driver.vote("ann")
    run_worker()
    answer = admin_client.get(f"{DASHBOARD}{page}", follow=True)
    text, policy = answer.content.decode(), answer["Content-Security-Policy"]
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert (answer.status_code, [style for style in styles if rq_pages._hash(style) not in policy]) == (200, [])
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]* src=)|<[^>]* (?:onclick|style)=", text)


def test_the_templates_hold_styles():
    assert len(rq_pages._styles()) == 3


def test_what_people_wrote_stays_as_it_is():
    page = HttpResponse('<td onclick="go()">it has style=&quot;loud&quot;</td>')
    assert rq_pages.within_our_policy(page).content == b"<td>it has style=&quot;loud&quot;</td>"


def test_answers_for_programs_stay_as_they_are():
    answer = JsonResponse({"text": ' style="x"'})
    assert not hasattr(rq_pages.within_our_policy(answer), "_csp_update")

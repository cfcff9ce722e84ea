"""A curator at work: signs in, errs, reads why, mends it, commits, sees it in history, takes it back."""

import re
from collections.abc import Callable
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect

Faults = Callable[[Page], list[str]]


class Served(Protocol):
    """The server, as conftest keeps it."""

    address: str
    tokens: dict[str, str]


def sign_in(page: Page, served: Served, name: str) -> None:
    page.get_by_label("Token").fill(served.tokens[name])
    page.get_by_role("button", name="Sign in").click()


def test_a_curator_errs_mends_commits_and_takes_back(page: Page, served: Served, faults_of_access: Faults) -> None:
    page.goto("/drugs/tizanidine")
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert faults_of_access(page) == []
    sign_in(page, served, "ana")
    page.wait_for_url("**/curate/edit/drugs/tizanidine?sheet=*")
    assert served.tokens["ana"] not in page.url
    assert faults_of_access(page) == []

    label = page.get_by_role("textbox", name="label", exact=True)
    label.fill("")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".field.wrong")).to_contain_text("label")
    expect(page.locator(".field.wrong li").first).to_have_text("This is needed, and nothing is written here.")
    assert faults_of_access(page) == []

    label.fill("tizanidine")
    page.get_by_role("textbox", name="definition").fill("A drug against spasticity, as its curator now puts it.")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="It would pass")).to_be_visible()
    expect(page.locator("tr.added")).to_contain_text("as its curator now puts it")
    page.get_by_label("What the change is for").fill("Plainer words")
    page.get_by_role("button", name="Commit").click()
    page.wait_for_url("**/changes/*")
    expect(page.get_by_text("Plainer words")).to_be_visible()

    page.goto("/drugs/tizanidine")
    expect(page.get_by_text("as its curator now puts it")).to_be_visible()
    page.get_by_role("link", name="What was changed here").click()
    page.locator("td a").first.click()
    page.get_by_role("link", name="Take this change back").click()
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Commit").click()
    page.wait_for_url("**/changes/*")
    page.goto("/drugs/tizanidine")
    expect(page.get_by_text("as its curator now puts it")).to_have_count(0)


def test_a_claim_is_proposed_by_one_and_accepted_by_another(
    page: Page, served: Served, faults_of_access: Faults
) -> None:
    page.goto("/curate")
    sign_in(page, served, "ben")
    page.get_by_role("link", name="A new claim").click()
    assert faults_of_access(page) == []
    subject = page.get_by_role("combobox", name="subject")
    subject.press_sequentially("tizan")
    expect(page.locator("#list-subject option")).not_to_have_count(0)
    subject.fill("drug:tizanidine")
    page.get_by_role("combobox", name="property").fill("relieves")
    page.get_by_role("combobox", name="object").fill("phenotype:fatigue")
    page.get_by_role("combobox", name="certainty").select_option("hedged")
    page.get_by_role("combobox", name="source", exact=True).fill("source:seed-001")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".field.wrong")).to_contain_text("locator")
    page.get_by_role("textbox", name="locator").fill("line 1")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="It would pass")).to_be_visible()
    expect(page.get_by_role("button", name="Commit")).to_have_count(0)
    page.get_by_role("button", name="Propose").click()
    page.wait_for_url("**/curate/proposals/*")
    assert faults_of_access(page) == []
    here = page.url
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, served, "ana")
    page.goto(here)
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/changes/*")
    page.goto("/drugs/tizanidine")
    expect(page.get_by_role("link", name="fatigue")).to_be_visible()


def test_turtle_that_can_not_be_read_is_told_beside_the_field(page: Page, served: Served) -> None:
    page.goto("/curate/turtle")
    sign_in(page, served, "ana")
    page.get_by_role("textbox", name="add").fill("drug:riluzole rdfs:label\n oops")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".field.wrong")).to_contain_text(re.compile("[Ll]ine 2"))


@pytest.mark.parametrize("address", ["/curate/claim", "/curate/turtle", "/curate/proposals", "/curate/new/drugs"])
def test_an_anonymous_visitor_finds_the_entrance(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_thing_is_suggested_by_any_of_its_names_and_what_speaks_of_it_is_not(page: Page, served: Served) -> None:
    page.goto("/curate/claim")
    sign_in(page, served, "ana")
    page.get_by_role("combobox", name="subject").press_sequentially("rilut")
    expect(page.locator("#list-subject option[value='drug:riluzole']")).to_have_text(re.compile("rilut", re.IGNORECASE))
    page.get_by_role("combobox", name="object").press_sequentially("riluzole")
    expect(page.locator("#list-object option[value='drug:riluzole']")).to_have_count(1)
    expect(page.locator("#list-object option[value^='claim:'], #list-object option[value*='prop']")).to_have_count(0)
    # What is a symptom and an adverse effect as well is one thing.
    page.get_by_role("combobox", name="object").fill("hypotension")
    expect(page.locator("#list-object option[value='phenotype:hypotension']")).to_have_count(1)


def test_who_goes_back_after_a_check_finds_what_was_typed(page: Page, served: Served) -> None:
    page.goto("/curate/claim")
    sign_in(page, served, "ana")
    locator = page.get_by_role("textbox", name="locator")
    for typed in ("line 98", "line 99"):
        locator.fill(typed)
        page.get_by_role("button", name="Check").click()
        expect(page.locator(".field.wrong").first).to_be_visible()
    page.goto("/drugs/baclofen")
    for kept in ("line 99", "line 99", "line 98"):
        page.go_back()
        expect(locator).to_have_value(kept)
    page.reload()
    expect(locator).to_have_value("line 98")


def test_a_form_is_filled_as_it_was_when_somebody_signs_in_again(
    page: Page, served: Served, faults_of_access: Faults
) -> None:
    page.goto("/curate/edit/drugs/tizanidine")
    sign_in(page, served, "ana")
    page.get_by_role("textbox", name="definition").fill("Words that nobody should lose.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("status")).to_contain_text("Sign in again as ana")
    assert faults_of_access(page) == []
    sign_in(page, served, "ana")
    page.wait_for_url("**/curate/edit/drugs/tizanidine?sheet=*")
    expect(page.get_by_role("textbox", name="definition")).to_have_value("Words that nobody should lose.")


def test_a_property_is_found_by_typing_among_those_that_may_be_said_of_the_subject(
    page: Page, served: Served, faults_of_access: Faults
) -> None:
    page.goto("/curate/claim")
    sign_in(page, served, "ana")
    find = page.get_by_role("combobox", name="property")
    of_all = page.locator("#list-predicate option").count()
    page.get_by_role("combobox", name="subject").fill("drug:tizanidine")
    of_drugs = page.locator("#list-predicate option").count()
    assert 1 < of_drugs < of_all
    expect(page.locator("#list-predicate option[value='causes adverse effect']")).to_have_count(1)
    find.fill("no such property")
    page.get_by_role("button", name="Check").click()
    # What was typed stays, and is told to be none.
    expect(page.locator(".field.wrong", has_text="is no property")).to_be_visible()
    expect(find).to_have_value("no such property")
    assert faults_of_access(page) == []


def test_a_property_is_chosen_from_a_list_without_a_script(browser: Browser, page: Page, served: Served) -> None:
    page.goto("/curate/claim")
    sign_in(page, served, "ana")
    context = browser.new_context(
        java_script_enabled=False, base_url=page.url, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto("/curate/claim")
    plain.get_by_role("combobox", name="property").select_option("causes adverse effect")
    context.close()

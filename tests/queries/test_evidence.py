"""What the questions on evidence count and tell: summaries, trials, advice, thresholds, interactions."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

OUTCOME = "als-functional-rating-scale-revised"


def rows(client: TestClient, query: str, **parameters: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/queries/{query}", params=parameters).raise_for_status().json()["items"]
    return items


@pytest.mark.parametrize(
    ("treatment", "dimension", "verdict", "claim"),
    [
        ("drug:mecobalamin", "safety", "harms stated", "eisai-release-2024-11-20-05"),
        ("procedure:gastrostomy", "safety", "harms stated", "progas-2015-01"),
        ("drug:masitinib", "mechanism", "speaks for it", "ChEBI-014"),
        ("drug:mexiletine", "mechanism", "targets only", "DC2016-032"),
        ("drug:abacavir-dolutegravir-lamivudine", "preclinical", "speaks for it", "DISM-291"),
        ("drug:masitinib", "regulation", "events without a licence", "chmp-opinion-on-masitinib-2024-01"),
        ("drug:amx0035", "regulation", "licensed once or more", "chmp-opinion-on-albrioza-01"),
        ("drug:riluzole", "safety", "harms stated", "cochrane-riluzole-2012-05"),
    ],
)
def test_a_cell_of_the_summary_counts_findings_of_harm_and_roles_with_a_mechanism(
    client: TestClient, treatment: str, dimension: str, verdict: str, claim: str
) -> None:
    cells = {row["dimension"]: row for row in rows(client, "evidence-summary", treatment=treatment)}
    behind = rows(client, "evidence-claims", treatment=treatment, dimension=dimension)
    assert cells[dimension]["verdict"] == verdict
    assert cells[dimension]["claimsFor"] == sum(row["side"] == "for" for row in behind)
    assert claim in {row.get("notation") for row in behind}


@pytest.mark.parametrize(
    ("treatment", "verdict"),
    [
        ("drug:dexpramipexole", "studies only"),
        ("procedure:gastrostomy", "studies only"),
        # No study names it as its intervention; a finding does as its treatment.
        ("procedure:percutaneous-endoscopic-gastrostomy", "studies only"),
        ("drug:baclofen", "insufficient"),
    ],
)
def test_a_treatment_that_was_studied_is_told_from_one_that_wasnt(
    client: TestClient, treatment: str, verdict: str
) -> None:
    cells = {row["dimension"]: row for row in rows(client, "evidence-summary", treatment=treatment)}
    assert (cells["trials"]["verdict"], cells["trials"]["claimsFor"]) == (verdict, 0)


@pytest.mark.parametrize(
    ("treatment", "dimension", "claim", "side"),
    [
        ("drug:edaravone", "trials", "als-canada-2024-01-31-02", "against"),
        ("drug:edaravone", "mechanism", "us-label-edaravone-12", "against"),
        ("drug:masitinib", "regulation", "ema-alsitek-02", "against"),
        ("drug:ulefnersen", "preclinical", "dism-342", "for"),
        ("drug:l-serine", "preclinical", "dism-344", "for"),
    ],
)
def test_a_claim_counts_on_its_side_of_the_cell(
    client: TestClient, treatment: str, dimension: str, claim: str, side: str
) -> None:
    cell = {row["dimension"]: row for row in rows(client, "evidence-summary", treatment=treatment)}[dimension]
    behind = {
        row["claim"]["id"].rpartition("/")[2]: row["side"]
        for row in rows(client, "evidence-claims", treatment=treatment, dimension=dimension)
    }
    assert behind[claim] == side
    sides = [list(behind.values()).count(one) for one in ("for", "against")]
    assert [cell["claimsFor"], cell["claimsAgainst"]] == sides


def test_a_role_that_says_what_a_drug_is_for_is_no_mechanism(client: TestClient) -> None:
    behind = rows(client, "evidence-claims", treatment="drug:masitinib", dimension="mechanism")
    assert [row["statement"] for row in behind] == ["masitinib has role tyrosine kinase inhibitor"]


def test_a_claim_without_a_number_of_its_own_is_among_the_claims(client: TestClient) -> None:
    def of(query: str, **asked: str) -> list[dict[str, Any]]:
        return [row for row in rows(client, query, **asked) if not row.get("notation")]

    assert of("evidence-claims", treatment="drug:mecobalamin", dimension="trials")
    assert of("claims-of-a-source", source="oki-2022")
    assert of("evidence-for-and-against", subject="drug:mecobalamin", property="slows")


@pytest.mark.parametrize(
    ("treatment", "study", "outcome", "treated"),
    [
        ("procedure:percutaneous-endoscopic-gastrostomy", "ProGas", "death within 30 days", "3 %"),
        ("therapy:riluzole-with-a-high-fat-meal", "riluzole and food", "riluzole exposure", "1047 ng.h/mL"),
    ],
)
def test_a_study_of_something_broader_is_told_with_its_findings_on_this(
    client: TestClient, treatment: str, study: str, outcome: str, treated: str
) -> None:
    found = rows(client, "trials-of-a-treatment", treatment=treatment)
    assert {row["studyLabel"] for row in found} == {study}
    assert (outcome, treated) in {(row["outcomeLabel"], row["treated"]) for row in found}
    assert {row["treatmentLabel"] for row in found} == {found[0]["treatmentLabel"]}


def test_a_study_of_a_procedure_is_told_with_what_it_found_on_each_kind_of_it(client: TestClient) -> None:
    found = rows(client, "trials-of-a-treatment", treatment="procedure:gastrostomy")
    assert len(found) == 5
    assert {row["treatmentLabel"] for row in found} > {"gastrostomy", "percutaneous endoscopic gastrostomy"}


@pytest.mark.parametrize(
    ("treatment", "finding", "numbers"),
    [
        ("drug:amx0035", "slope of the ALSFRS-R with AMX0035 in CENTAUR", (89, 48, None, 137)),
        ("drug:riluzole", "tracheostomy-free survival in three trials of riluzole, pooled", (None, None, 1282, 1477)),
        ("procedure:percutaneous-endoscopic-gastrostomy", None, (163, None, None, 345)),
        (
            "drug:masitinib",
            "ALSFRS-R with masitinib at week 48 of AB10015, normal and fast progressors",
            (None, None, None, 394),
        ),
    ],
)
def test_how_many_were_counted_is_told_of_each_side_and_of_the_study(
    client: TestClient, treatment: str, finding: str | None, numbers: tuple[int | None, ...]
) -> None:
    found = rows(client, "findings-on-a-treatment", treatment=treatment)
    columns = ("withTreatment", "withComparator", "participants", "ofStudy")
    told = [tuple(row.get(name) for name in columns) for row in found if finding in (None, row["findingLabel"])]
    assert told == [numbers]


@pytest.mark.parametrize("substance", ["CYP2C8", "CYP1A2", "CYP2B6", "CYP3A4", "OAT1", "P-gp", "BCRP"])
def test_what_a_label_advises_against_with_a_drug_is_among_the_recommendations(
    client: TestClient, substance: str
) -> None:
    advised = {
        (row["objectLabel"], row["side"], row["strength"])
        for row in rows(client, "recommendations")
        if row["subjectLabel"] == "AMX0035"
    }
    assert (f"people taking {substance} substrates with a narrow margin", "against", "avoid") in advised
    others = (
        "bile acid sequestrants",
        "aluminium-based antacids",
        "probenecid",
        "pan-HDAC inhibitors",
        "OATP1B3 inhibitors",
    )
    assert {(f"people taking {other}", "against", "avoid") for other in others} <= advised


def test_no_rule_on_a_drug_is_told_to_be_about_that_drug(client: TestClient) -> None:
    found = rows(client, "safety-of-a-drug", drug="amx0035")
    told = {row["ruleLabel"]: {r.get("aboutLabel") for r in found if r["rule"] == row["rule"]} for row in found}
    assert "P-gp substrate" in told["P-gp substrates with AMX0035"]
    assert "AMX0035" not in set().union(*told.values())


def test_that_a_dose_is_taken_on_an_empty_stomach_is_among_the_doses(client: TestClient) -> None:
    found = {row["ruleLabel"] for row in rows(client, "doses-of-a-drug", drug="edaravone")}
    assert "edaravone suspension on an empty stomach" in found


def test_a_study_without_a_finding_has_one_row(client: TestClient) -> None:
    found = rows(client, "trials-of-a-treatment", treatment="drug:dexpramipexole")
    assert [(row["studyLabel"], row.get("finding")) for row in found] == [
        ("dexpramipexole trial of Cudkowicz 2013", None)
    ]


@pytest.mark.parametrize(
    ("subject", "object_", "strength"),
    [
        ("noninvasive ventilation", "survival", "Level B"),
        ("multidisciplinary care", "quality of life", "Level C"),
        ("radiation therapy", "drooling", "Level C"),
        ("dextromethorphan/quinidine", "uncontrolled laughing or crying", "Level B"),
    ],
)
def test_what_a_guideline_recommends_by_what_it_does_is_a_recommendation(
    client: TestClient, subject: str, object_: str, strength: str
) -> None:
    found = [row for row in rows(client, "recommendations") if row["source"].startswith("AAN")]
    said = {(row["subjectLabel"], row["objectLabel"], row["strength"], row["side"]) for row in found}
    assert (subject, object_, strength, "for") in said


def test_what_is_advised_for_the_time_being_is_told_with_that(client: TestClient) -> None:
    found = {
        (row["subjectLabel"], row["side"])
        for row in rows(client, "recommendations")
        if (row.get("strength") or "").startswith("provisional")
    }
    assert found == {("AMX0035", "for"), ("edaravone", "for")}


@pytest.mark.parametrize(
    ("treatment", "effect"),
    [
        ("drug:mexiletine", "31 % (percent of the comparator)"),
        ("drug:dextromethorphan-quinidine", "46.9 % (percent below the comparator)"),
        # The review doesn't say how it reckons.
        ("drug:riluzole", "2 to 3 months"),
        ("drug:riluzole", "> 19 months (difference of medians)"),
    ],
)
def test_an_effect_is_told_with_how_it_is_reckoned(client: TestClient, treatment: str, effect: str) -> None:
    assert effect in {row.get("effect") for row in rows(client, "findings-on-a-treatment", treatment=treatment)}


def test_findings_for_an_outcome_are_told_with_what_they_mean(client: TestClient) -> None:
    found = rows(client, "findings-for-an-outcome", outcome="outcome:median-survival")
    told = {(row.get("treated"), row.get("compared"), row.get("effect")) for row in found}
    assert {("14.8 months", "11.8 months", None), (None, None, "> 19 months (difference of medians)")} <= told
    cramps = rows(client, "findings-for-an-outcome", outcome="outcome:cramp-frequency")
    assert "31 % (percent of the comparator)" in {row.get("effect") for row in cramps}


@pytest.mark.parametrize(
    ("query", "asked", "row", "told"),
    [
        ("trials-of-a-treatment", {"treatment": "drug:dextromethorphan-quinidine"}, {}, {("<", 0.001), ("<", 0.0001)}),
        ("trials-of-a-treatment", {"treatment": "mecobalamin"}, {}, {(">=", 0.087)}),
        ("trials-that-missed-their-aim", {}, {"treatmentLabel": "mecobalamin"}, {(">=", 0.087)}),
        ("findings-for-an-outcome", {"outcome": OUTCOME}, {"treatmentLabel": "mecobalamin"}, {(">=", 0.087)}),
        ("findings-for-an-outcome", {"outcome": OUTCOME}, {"studyLabel": "PHOENIX"}, {("=", 0.667)}),
    ],
)
def test_a_p_value_is_told_with_its_sign(
    client: TestClient, query: str, asked: dict[str, str], row: dict[str, str], told: set[tuple[str, float]]
) -> None:
    found = [item for item in rows(client, query, **asked) if row.items() <= item.items()]
    assert told <= {(item["pComparator"], item["pValue"]) for item in found if "pValue" in item}


def test_an_effect_is_told_as_the_graph_has_it_beside_its_figure(client: TestClient) -> None:
    """More than 19 months is no 19, and a range has no one figure at all."""
    found = rows(client, "trials-of-a-treatment", treatment="riluzole")
    told = {(row.get("stated"), row.get("effect"), row.get("unit")) for row in found}
    assert {
        ("> 19 months", 19, "month"),
        ("about 9 percentage points", 9, "percentage point"),
        ("2 to 3 months", None, "month"),
    } <= told


def test_a_figure_of_a_trial_that_is_told_as_about_so_much_says_so(client: TestClient) -> None:
    assert ("about 3 months", 3) in {(row["stated"], row.get("value")) for row in rows(client, "trial-figures")}


def test_how_frequent_a_narrower_phenotype_is_is_told_as_its_own_figure(client: TestClient) -> None:
    found = rows(client, "how-frequent-is-a-phenotype", phenotype="excessive-salivation")
    assert {row["countedLabel"] for row in found} == {"drooling"}
    assert "30-79% of patients" in {row.get("share") for row in found}


def test_the_figures_of_a_phenotype_itself_come_before_those_of_narrower_ones(client: TestClient) -> None:
    """And both before those who give no figure: a panel shows the first rows only."""
    found = rows(client, "how-frequent-is-a-phenotype", phenotype="muscle-weakness")
    order = [("share" not in row, row["countedLabel"] != "muscle weakness") for row in found]
    assert order == sorted(order)
    assert {"arm weakness", "hand weakness"} <= {row["countedLabel"] for row in found if "share" in row}


def test_a_broader_or_related_phenotype_lends_a_narrower_one_no_figure(client: TestClient) -> None:
    names = {row["countedLabel"] for row in rows(client, "how-frequent-is-a-phenotype", phenotype="arm-weakness")}
    assert names == {"arm weakness"}


def test_a_comparison_is_an_aim_only_where_the_source_says_so(client: TestClient) -> None:
    missed = {row["studyLabel"] for row in rows(client, "trials-that-missed-their-aim")}
    assert {"PHOENIX", "VALOR"} <= missed
    assert not {study for study in missed if "1996" in study}


def test_to_how_many_it_happened_is_told(client: TestClient) -> None:
    found = rows(client, "findings-on-a-treatment", treatment="drug:mexiletine")
    (fewer,) = (row for row in found if row["findingLabel"].startswith("people with fewer cramps"))
    assert (fewer["treated"], fewer["participants"]) == ("18 people", 20)


def test_findings_on_a_narrower_treatment_stand_with_the_broader_one(client: TestClient) -> None:
    found = rows(client, "findings-on-a-treatment", treatment="procedure:gastrostomy")
    deaths = [row["treated"] for row in found if row["outcomeLabel"] == "death within 30 days"]
    assert sorted(deaths) == ["3 %", "3 %", "4 % (95 % CI 2.1 to 6.2)", "7 %"]


def test_whom_a_recommendation_is_for_is_told_where_it_is_said(client: TestClient) -> None:
    found = rows(client, "recommendations")
    told = {(row["subjectLabel"], row["objectLabel"]): row.get("populationLabel") for row in found}
    assert told["rimabotulinumtoxinB", "drooling"] == "people with ALS and drooling that other drugs don't help"
    assert told["noninvasive ventilation", "survival"] is None
    assert told["riluzole", "people with ALS"] == "people with ALS"


@pytest.mark.parametrize(("jurisdiction", "limits"), [("united-states", {5}), ("european-union", {3, 5})])
def test_thresholds_of_one_area_leave_out_those_of_others(
    client: TestClient, jurisdiction: str, limits: set[float]
) -> None:
    found = rows(client, "thresholds-by-jurisdiction", drug="riluzole", jurisdiction=jurisdiction)
    assert {row["limit"] for row in found} == limits
    assert len({row["jurisdictionLabel"] for row in found}) == 1
    assert len(rows(client, "thresholds-by-jurisdiction", drug="riluzole")) > len(found)


@pytest.mark.parametrize(
    ("drug", "precipitant", "affected"),
    [
        ("riluzole", "AMX0035", None),
        ("amx0035", "AMX0035", "riluzole"),
        ("amx0035", "probenecid", None),
        ("amx0035", "AMX0035", "P-gp substrate"),
    ],
)
def test_an_interaction_is_told_of_both_of_its_drugs(
    client: TestClient, drug: str, precipitant: str, affected: str | None
) -> None:
    found = rows(client, "interactions-of-a-drug", drug=drug)
    told = {(row["precipitantLabel"], row.get("affectedLabel")): row for row in found}
    assert told[precipitant, affected].get("advice", "").startswith("avoid")
    assert told[precipitant, affected]["otherLabel"] == (affected or precipitant)


@pytest.mark.parametrize(
    ("treatment", "study", "register"),
    [("tofersen", "tofersen phase 1-2", "NCT02623699"), ("mecobalamin", "JETALS", "NCT03548311")],
)
def test_a_trial_is_told_with_its_number_in_the_register(
    client: TestClient, treatment: str, study: str, register: str
) -> None:
    found = rows(client, "trials-of-a-treatment", treatment=f"drug:{treatment}")
    assert {row["register"] for row in found if row["studyLabel"] == study} == {register}


def test_what_helps_with_drooling_helps_with_excessive_salivation(client: TestClient) -> None:
    found = rows(client, "drugs-for-a-symptom", symptom="excessive-salivation")
    assert ("rimabotulinumtoxinB", "drooling") in {(row["drugLabel"], row["symptomLabel"]) for row in found}


def test_an_approval_for_animals_counts_for_nothing(client: TestClient) -> None:
    notations = {row.get("notation") for row in rows(client, "evidence-claims", treatment="masitinib")}
    assert "ema-epar-table-02" not in notations
    assert "ema-alsitek-01" in notations


def test_a_drug_that_regulates_something_has_a_mechanism(client: TestClient) -> None:
    (found,) = rows(client, "mechanisms-of-a-drug", drug="pyridostigmine")
    assert (found["predicate"], found["objectLabel"]) == ("negatively regulates", "ACHE")
    cells = {row["dimension"]: row for row in rows(client, "evidence-summary", treatment="pyridostigmine")}
    assert cells["mechanism"]["verdict"] == "speaks for it"


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("monitoring-of-a-drug", "riluzole: serum aminotransferase test before starting"),
        ("doses-of-a-drug", "50 mg twice daily"),
        ("interactions-of-a-drug", "CYP1A2 inhibitor"),
        ("stop-rules-of-a-drug", "stop riluzole: liver dysfunction"),
    ],
)
def test_a_row_of_a_rule_is_of_the_area_of_who_says_it(client: TestClient, query: str, label: str) -> None:
    areas = {
        row["source"]: row.get("jurisdictionLabel")
        for row in rows(client, query, drug="riluzole")
        if label in (row.get("ruleLabel"), row.get("otherLabel"))
    }
    assert areas["US label of riluzole"] == "United States"
    assert areas["seed document 001"] is None
    limited = rows(client, query, drug="riluzole", jurisdiction="united-states")
    assert {row["source"][:8] for row in limited} == {"US label"}


def test_a_rule_that_a_source_denies_says_so(client: TestClient) -> None:
    stop = "stop riluzole: lack of clear benefit once a reasonable trial is over"
    stances = {
        (r["source"], r["stance"])
        for r in rows(client, "stop-rules-of-a-drug", drug="riluzole")
        if r["ruleLabel"] == stop
    }
    assert stances == {("seed document 001", "affirms"), ("EAN guideline (2024)", "denies")}
    contested = {r["ruleLabel"] for r in rows(client, "safety-of-a-drug", drug="riluzole") if r.get("contested")}
    assert contested == {stop}


def test_what_happened_on_a_day_that_was_not_seen_is_in_the_line_of_time(client: TestClient) -> None:
    found = rows(client, "regulation-of-a-drug-in-time", drug="masitinib")
    assert [row["eventLabel"] for row in found if row["kind"] == "no day seen"] == [
        "negative opinion upheld",
        "refusal",
    ]
    assert "day" not in found[-1]

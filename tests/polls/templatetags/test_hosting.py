"""The words of the host pages."""

from polls.models import ResultRule
from polls.templatetags import hosting


def test_each_result_rule_has_words_of_its_own() -> None:
    assert len({hosting.who_sees(rule) for rule in ResultRule.values}) == len(ResultRule)
    assert hosting.who_sees("staff") == "only hosts see the result"

"""The result rules as hosts read them."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from polls.models import ResultRule

#: The default first: value, label, hint.
RULES: Final[tuple[tuple[ResultRule, Promise, Promise], ...]] = (
    (
        ResultRule.AFTER_VOTE,
        gettext_lazy("Voters, after they have voted"),
        gettext_lazy("Nobody is swayed by others"),
    ),
    (ResultRule.ALWAYS, gettext_lazy("Everyone, all the time"), gettext_lazy("Also before voting")),
    (
        ResultRule.AFTER_CLOSE,
        gettext_lazy("Everyone, after closing"),
        gettext_lazy("The screen shows only the number of voters"),
    ),
    (ResultRule.STAFF, gettext_lazy("Only hosts"), gettext_lazy("And the operators of this site")),
)

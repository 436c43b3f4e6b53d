"""The polls on the pictures, for `manage.py shell` in the copy. Prints the ids of their choices as JSON, by slug."""

import json
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from polls.lifecycle import transitions
from polls.models import Choice

town = ["Trains", "Night buses", "A cycle road", "Car sharing", "Nothing, it is fine"]
talks = ["Postgres under load", "What Redis promises", "Sockets", "Queues", "Tests that kill", "Type hints", "A walk"]
soon, later = timezone.now() + timedelta(minutes=30), timezone.now() + timedelta(days=2)
admin = User.objects.get(username="admin")

#: Slug, question, choices, further fields. The newest come first on the pages of hosts.
examples: list[tuple[str, str, list[str], dict[str, Any]]] = [
    ("draft", "A question that nobody has seen yet?", ["Yes", "No"], {}),
    ("scheduled", "Which film on Saturday?", ["The old one", "The new one"], {"opens_at": later}),
    ("no-votes", "Is anybody there?", ["Yes", "No", "Perhaps"], {}),
    ("twelve", "Which of these?", [f"The idea of table {number}" for number in range(1, 13)], {}),
    ("long", "Shall the assembly, " * 6 + "or not?", ["A choice of many words, " * 8, "B " * 100, "C"], {}),
    ("right-to-left", "ما الذي يجب أن تبنيه المدينة أولاً؟", ["القطارات", "الحافلات الليلية", "طريق الدراجات"], {}),
    ("tie", "Tea or coffee?", ["Tea", "Coffee"], {}),
    ("final", "Who plants the trees?", ["The school", "The fire brigade", "All of us"], {}),
    ("logo", "Which logo?", ["The wheel", "The mark", "Neither"], {"result_rule": "after_vote"}),
    ("talks", "Which talks shall we hear after lunch? Pick three.", talks, {"max_choices": 3}),
    ("fridays", "Where shall we have lunch on Fridays?", ["At the market", "In the park", "Here"], {}),
    ("lecture", "Keep the lecture in the morning?", ["Yes", "No"], {"result_rule": "after_close", "closes_at": soon}),
    ("town", "What should the town build first?", town, {"closes_at": soon, "code": "k7"}),
]
found: dict[str, list[int]] = {}
for slug, question, texts, fields in examples:
    texts = [text[:200].strip() for text in texts]
    poll = transitions.create_poll(texts, slug=slug, question=question, owner=admin, **fields)
    if slug == "scheduled":
        transitions.publish(poll.pk)
    elif slug != "draft":
        transitions.open_poll(poll.pk)
    found[slug] = list(poll.choices.values_list("pk", flat=True))
found["cats-vs-dogs"] = list(Choice.objects.filter(poll__slug="cats-vs-dogs").values_list("pk", flat=True))
print("CHOICES", json.dumps(found))

"""Sentences that say what to look at while a step of a drill is held (`--slow`), each with a page, a key or a command.

The gaps are filled for the copy of the system: `vote` and `result` are the addresses of its web services, `slug` is the
drill's poll, `casts` the key of its waiting votes in Redis, `manage` begins a management command on the copy.
"""

_PIPELINE = "/admin/pipeline/"

CALM = f"Nothing is broken yet: {{vote}}{_PIPELINE} shows votes go from part to part, and none waits for long."
BACK = f"{{vote}}{_PIPELINE} says that everything is running, and nothing waits in {{casts}} any more."
SENT_AGAIN = (
    f"{{vote}}{_PIPELINE}redis/ has a box with a higher number: voters whose vote was not counted have sent it again."
)
EMPTY = (
    "{vote}/p/{slug}/results/ still grows: without Redis votes go straight into Postgres, and what was counted stays."
)
FULL = f"{{vote}}{_PIPELINE}redis/ shows maxmemory: Redis takes no vote, so votes go straight into Postgres."
NOTHING = "{vote}/p/{slug}/ does not answer, and no voter is told that a vote was accepted."
CLOSED = "{vote}/p/{slug}/results/ says final, and `{manage} audit {slug}` counts every ballot again."
MISSING = f"{{vote}}{_PIPELINE} names what is missing, and for how long; if it does not answer: {{result}}{_PIPELINE}."
ATTACK = "{vote}/p/{slug}/ opens as fast as ever, and {vote}/healthz answers."
OLD = "`{manage} showmigrations` lists the new tables; the old processes go on with them."
MIXED = "{vote}/p/{slug}/results/ goes on growing: old and new processes work on the same votes."
END = "`{manage} audit {slug}` counts every ballot again; after this Enter the copy goes away."

#: By the name of a part, without its number: what to look at while the part is away or stands still.
_AWAY = {
    "worker": f"{{vote}}{_PIPELINE}redis/ shows {{casts}}, where votes wait while no worker counts them.",
    "vote": f"{{result}}{_PIPELINE} goes on: voters vote at {{result}}/p/{{slug}}/ now.",
    "result": f"{{vote}}{_PIPELINE} has no screens, and votes are accepted and counted all the same.",
    "redis": f"{{vote}}{_PIPELINE} says that Redis is down: votes go straight into polls_ballot in Postgres.",
    "db": f"{{vote}}{_PIPELINE} shows how many votes wait in Redis, in {{casts}}, until Postgres is back.",
}


def away(part: str) -> str:
    """Return what to look at while a part, such as `worker-1`, is away or stands still."""
    return _AWAY[part.partition("-")[0]]

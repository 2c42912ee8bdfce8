"""Commands about live sessions: keys, and the process that scores what comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

FORMATS = ("live", "segment", "posthog", "snowplow", "matomo")

if TYPE_CHECKING:
    from core.base.settings import Settings
    from core.live.follower import Follower


@click.command("live-key")
@click.argument("name")
@click.option("--secret", "is_secret", is_flag=True, help="A key that reads scores.")
@click.option("--origin", "origins", multiple=True, help="Site whose pages may send; any without it.")
@click.option("--rate", default=None, type=int, help="Events a second it may send.")
def live_key(*, name: str, is_secret: bool, origins: tuple[str, ...], rate: int | None) -> None:
    """Make a key called NAME and print it; it can't be read again."""
    from core.base.settings import get_settings
    from core.live.keys import RATE, make_key

    kind = "secret" if is_secret else "write"
    _, secret = make_key(
        get_settings(),
        kind=kind,  # type: ignore[arg-type]
        name=name,
        origins=origins,
        rate=RATE if rate is None else rate,
    )
    click.echo(secret)


@click.command("live-keys")
@click.option("--revoke", "revoked", default=None, metavar="ID", help="Let this key work no more.")
def live_keys(*, revoked: str | None) -> None:
    """List the keys there are, or revoke one."""
    from core.base.settings import get_settings
    from core.live.keys import keys, revoke

    settings = get_settings()
    if revoked is not None:
        revoke(settings, revoked)
    for key in keys(settings):
        state = "revoked" if key.revoked_at else "in use"
        click.echo(f"{key.id}  {key.kind:<6}  {state:<7}  …{key.hint}  {key.name}")


@click.command("live-kafka")
@click.option("--brokers", required=True, help="Addresses of the brokers: host:9092,host:9092.")
@click.option("--topic", required=True, help="The topic the events come in.")
@click.option("--source", required=True, metavar="ID", help="Write key they count for (see live-keys).")
@click.option("--format", "form", default="live", type=click.Choice(FORMATS), help="What form they have.")
@click.option("--group", default=None, help="Consumer group; several processes share the topic in one.")
@click.option("--config", multiple=True, metavar="NAME=VALUE", help="More settings of librdkafka.")
def live_kafka(
    *, brokers: str, topic: str, source: str, form: str, group: str | None, config: tuple[str, ...]
) -> None:
    """Take live events from a topic of Kafka until stopped."""
    import signal
    import threading

    from core.base.settings import get_settings
    from core.live.kafka import GROUP, take_from

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    more = dict(setting.partition("=")[::2] for setting in config)
    settings = {"bootstrap.servers": brokers, "group.id": group or GROUP, **more}
    take_from(get_settings(), settings, topic, source, form, stopping)


@click.command("live-work")
def live_work() -> None:
    """Score live events only (`serve` starts one of these by itself)."""
    from core.base.logs import set_up_logging
    from core.base.settings import installation_settings
    from core.live.processing.runner import run

    settings = installation_settings()
    set_up_logging(settings)

    def grow(settings: Settings) -> None:
        # Not before there is something to add: it brings much.
        from core.live.closing import grow_daily

        grow_daily(settings)

    def act(settings: Settings) -> Follower:
        # Not before there are visits: it brings the models.
        from core.rules import acting

        return acting.Acting(settings)

    run(settings, grow, act)

"""`disarm-exchange serve`: the TAXII 2.1 server."""

from __future__ import annotations

import atexit
import ipaddress
import os
import shutil
import ssl
import tempfile
from pathlib import Path

import click
import uvicorn

from disarm_exchange.cli.administration import database_option
from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.listening import check_address, check_certificate
from disarm_exchange.cli.logs import set_up_logs
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.serving import ServeSettings, hand_over
from disarm_exchange.errors import UserError
from disarm_exchange.store.audit import AuditEvent, record
from disarm_exchange.store.database import Database
from disarm_exchange.store.first_start import FirstLogin, set_up_if_empty
from disarm_exchange.sync.config import DEFAULT_FILE
from disarm_exchange.taxii.server.running import uvicorn_options

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("serve", epilog="Example: disarm-exchange serve --db exchange.db --port 6100")
@database_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=6100, show_default=True, type=click.IntRange(0, 65535), help="Port; 0: a free one.")
@click.option("--unix-socket", type=click.Path(path_type=Path), help="Listen on this socket instead.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Server processes.")
@click.option("--tls-cert", type=_FILE, help="Certificate (PEM).")
@click.option("--tls-key", type=_FILE, help="Its key (PEM).")
@click.option("--proxy", "proxies", metavar="ADDRESSES", help="Trust X-Forwarded-* headers from these addresses.")
@click.option("--public-url", help="https://host by which clients reach this server, shown by discovery.")
@click.option("--title", default="disarm-exchange", show_default=True, help="Title shown by discovery.")
@click.option("--tls-client-ca", type=_FILE, help="Ask clients for a certificate that this authority (PEM) signed.")
@click.option("--web/--no-web", default=True, show_default=True, help="Show pages for people at /.")
@click.option(
    "--sync-config",
    default=DEFAULT_FILE,
    show_default=True,
    envvar="DISARM_EXCHANGE_SYNC",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="Peers whose state the pages show; need not be there.",
)
@click.option(
    "--log-level",
    type=Choice(["debug", "info", "warning"]),
    default="info",
    show_default=True,
    help="What is logged on stderr; info has a line for each request.",
)
def command(
    *,
    location: str,
    host: str,
    port: int,
    unix_socket: Path | None,
    workers: int,
    tls_cert: Path | None,
    tls_key: Path | None,
    proxies: str | None,
    public_url: str | None,
    title: str,
    tls_client_ca: Path | None,
    web: bool,
    sync_config: Path,
    log_level: str,
) -> None:
    """Serve collections over TAXII 2.1, and pages for people.

    The first start on an empty database makes what is needed and prints, once, how to log in.
    """
    if (tls_cert is None) != (tls_key is None):
        raise UserError("TLS needs both --tls-cert and --tls-key")
    check_address(host, port, unix_socket)
    if tls_cert is not None and tls_key is not None:
        check_certificate(tls_cert, tls_key, tls_client_ca)
    scheme = "http" if tls_cert is None else "https"
    base_url = public_url or f"{scheme}://{host}:{port}"
    with Database.open(location) as database, database.write() as tx:
        login = set_up_if_empty(tx)
        if login is not None:
            record(tx, AuditEvent("first start", "done", client="command line", detail={"subject": login.user}))
    if login is not None:
        _print_login(login, base_url)
    if tls_cert is None and proxies is None and unix_socket is None and not _is_loopback(host):
        click.echo("warning: no TLS: passwords and findings travel in the clear (--tls-cert, or --proxy)", err=True)
    pages = f", pages for people at {base_url}/" if web else ""
    tell(f"Serving TAXII 2.1 at {base_url}/taxii2/{pages} (stop with Ctrl-C)")
    set_up_logs(log_level)
    peers = str(sync_config.resolve())
    shared = _share_counts() if workers > 1 else None
    hand_over(ServeSettings(location, title, public_url, shared, log_level, web, peers))
    uvicorn.run(
        "disarm_exchange.cli.serving:build_app",
        factory=True,
        host=host,
        port=port,
        uds=None if unix_socket is None else str(unix_socket),
        workers=workers,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
        ssl_ca_certs=None if tls_client_ca is None else str(tls_client_ca),
        ssl_cert_reqs=ssl.CERT_NONE if tls_client_ca is None else ssl.CERT_REQUIRED,
        proxy_headers=proxies is not None,
        forwarded_allow_ips=proxies,
        **uvicorn_options(),
    )


def _share_counts() -> str:
    """Let the processes count together: what `/metrics` of any of them shows, and the requests of organisations.

    Returns:
        The file for the latter.
    """
    folder = tempfile.mkdtemp(prefix="disarm-exchange-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(Path(folder) / "rates")


def _print_login(login: FirstLogin, base_url: str) -> None:
    collection = f"{base_url}/{login.api_root}/collections/{login.collection}/"
    click.echo(
        f"A new database. Log in as\n"
        f"  user        {login.user}\n"
        f"  password    {login.password}\n"
        f"  discovery   {base_url}/taxii2/\n"
        f"  collection  {collection}\n"
        f"The password is shown this once; change it with: disarm-exchange user password {login.user}\n"
        f"Let another organisation in:\n"
        f"  disarm-exchange org add NAME --clearance green\n"
        f"  disarm-exchange user add USER --org NAME\n"
        f"  disarm-exchange grant set NAME {login.collection} read"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

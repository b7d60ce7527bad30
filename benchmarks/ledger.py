# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""How many postings a second in process, against five raw statements of double entry? Budget: 0.4 of the floor.

``posting`` is the ledger alone, as the floor is; ``whole top_up`` checks caller, account, key and limit too.
"""

import os
import statistics
import time
import uuid

import psycopg2
from measure import DATABASE

import odoo.api
import odoo.modules.registry
import odoo.tools

FLOOR = """
CREATE TABLE bench_account (id int PRIMARY KEY, balance numeric NOT NULL CHECK (balance >= 0));
CREATE TABLE bench_transfer (id serial PRIMARY KEY, key text UNIQUE, amount numeric NOT NULL);
CREATE TABLE bench_entry (
    id serial PRIMARY KEY, transfer_id int REFERENCES bench_transfer, account_id int REFERENCES bench_account,
    amount numeric NOT NULL, balance numeric NOT NULL);
INSERT INTO bench_account SELECT n, 1e9 FROM generate_series(1, 2) n;
"""


def _floor(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_transfer (key, amount) VALUES (%s, 1000) RETURNING id", [uuid.uuid4().hex])
        transfer = cursor.fetchone()[0]
        for account, amount in ((1, -1000), (2, 1000)):
            cursor.execute(
                "UPDATE bench_account SET balance = balance + %s WHERE id = %s RETURNING balance", [amount, account]
            )
            cursor.execute(
                "INSERT INTO bench_entry (transfer_id, account_id, amount, balance) VALUES (%s, %s, %s, %s)",
                [transfer, account, amount, cursor.fetchone()[0]],
            )
    connection.commit()


def _rate(work, seconds: float) -> float:
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        work()
        count += 1
    return count / (time.perf_counter() - start)


def measure(rounds: int) -> dict:
    connection = psycopg2.connect(dbname=DATABASE)
    with connection.cursor() as cursor:
        cursor.execute(FLOOR)
    connection.commit()
    odoo.tools.config.parse_config(["-c", os.environ["DVC_BENCH_CONF"], "-d", DATABASE, "--log-level", "error"])
    registry = odoo.modules.registry.Registry(DATABASE)
    with registry.cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        account = env["dvc.account"].search([("state", "=", "standardized")], limit=1).id

        wallets = env["dvc.wallet"]
        lines = [(wallets._collecting("bank"), -1000), (wallets._of_account(env["dvc.account"].browse(account)), 1000)]

        def post():
            key = uuid.uuid4().hex
            env["dvc.wallet.transfer"]._post("top_up", key, key, lines, account_id=account)
            cr.commit()

        def top_up():
            wallets.top_up(account_id=account, amount=1000, bank_ref=uuid.uuid4().hex)
            cr.commit()

        works = {"posting": post, "whole top_up": top_up, "raw double entry": lambda: _floor(connection)}
        rates = {name: [] for name in works}
        for _ in range(max(3, rounds // 4)):
            for name, work in works.items():
                rates[name].append(_rate(work, 1.5))
        medians = {name: statistics.median(found) for name, found in rates.items()}
        queries = {name: _queries(cr, work) for name, work in works.items() if name != "raw double entry"}
    connection.close()
    floor = medians["raw double entry"]
    return {
        "a second": {name: round(rate, 1) for name, rate in medians.items()},
        "queries": queries,
        "ratio": round(medians["posting"] / floor, 2),
        "ratio of the whole top_up": round(medians["whole top_up"] / floor, 2),
    }


def _queries(cr, work) -> int:
    before = cr.sql_log_count
    work()
    return cr.sql_log_count - before

"""`payband billing revenue`: recurring revenue, churn, conversion and payments, from the warehouse."""

import click

from cli.options import emit, json_option, one_format, store_option
from kit.store import Store

TABLES = ("mrr", "conversion", "payments")


@click.command("revenue")
@store_option
@click.option("--table", type=click.Choice(TABLES), default="mrr", show_default=True, help="What to show.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, amounts in minor units.")
@json_option
def command(store: Store, table: str, as_csv: bool, as_json: bool) -> None:
    """What is earned by month, plan and currency: read anew, as every night.

    \b
    ./payband billing revenue                              recurring revenue, who came and went
    ./payband billing revenue --table conversion --csv     who signed up, and has paid until now
    """
    import polars as pl

    from cli.database import application_database
    from orchestration.dbt_runner import run_dbt
    from orchestration.revenue import BUILT, read_revenue
    from orchestration.warehouse import warehouse_of

    one_format(as_csv, as_json)
    with application_database(store) as urls, store.writing(wait_s=600):
        read_revenue(store, urls.worker)
        run_dbt(store, BUILT, command="run")
        frame = warehouse_of(store).read("revenue", {table: (f"mart_{table}", ())})[table]
    frame = frame.sort([name for name in frame.columns if frame[name].dtype in (pl.Date, pl.String)])
    if as_json:
        emit({"rows": frame.to_dicts()})
    elif as_csv:
        click.echo(frame.write_csv(), nl=False)
    elif frame.is_empty():
        click.echo("nothing yet")
    else:
        with pl.Config(
            tbl_rows=-1, tbl_cols=-1, tbl_width_chars=-1, tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True
        ):
            click.echo(str(frame))

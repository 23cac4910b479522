"""A year's workbook of national wage estimates as the Bureau publishes it, with figures of our own."""

import io
import zipfile

import polars as pl

LEVELS = ("PCT10", "PCT25", "MEDIAN", "PCT75", "PCT90")


def national_wages() -> bytes:
    """The zip archive of 2024 with one row, software developers: hourly percentiles and the yearly p90 are withheld."""
    row = {"AREA": "99", "AREA_TITLE": "U.S.", "O_GROUP": "detailed", "OCC_CODE": "15-1252", "OCC_TITLE": "Developers"}
    row |= {"TOT_EMP": "1,200", "H_MEAN": "60.5", "A_MEAN": "126000"} | {f"H_{level}": "*" for level in LEVELS}
    yearly = ("70000", "95000", "121000", "150000", "#")
    row |= {f"A_{level}": amount for level, amount in zip(LEVELS, yearly, strict=True)}
    sheet, held = io.BytesIO(), io.BytesIO()
    pl.DataFrame([row]).write_excel(sheet)
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("oesm24nat/national_M2024_dl.xlsx", sheet.getvalue())
        archive.writestr("oesm24nat/field_descriptions.txt", "read me")
    return held.getvalue()

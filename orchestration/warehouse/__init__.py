"""The warehouse: the engine in which dbt builds, behind one port (port.py) that nothing else looks behind."""

from orchestration.warehouse.choice import ENGINES, WarehouseSettings, warehouse_of
from orchestration.warehouse.port import Warehouse

__all__ = ["ENGINES", "Warehouse", "WarehouseSettings", "warehouse_of"]

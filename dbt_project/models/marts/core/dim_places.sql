{{ config(materialized='view') }}
select place_id, place_name, place_level, country, region_id, metro from {{ ref('stg_reference__places') }}

{{ config(materialized='view') }}
select occupation_code, related_code, place, closeness from {{ ref('stg_reference__related_occupations') }}

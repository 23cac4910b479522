{{ config(materialized='view') }}
select skill_id, skill_name, skill_kind from {{ ref('stg_reference__skills') }}

{{ config(materialized='view') }}
select occupation_code, skill_id from {{ ref('stg_reference__occupation_skills') }}

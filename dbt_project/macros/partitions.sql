{#
  Building the largest facts by what changed.

  state.partitions_built remembers, for each such model, the partitions it was last built from and what each was made of.
  Compared with the partitions now in the store this gives
    - fresh partitions: every posting in them is built anew, from all its captures;
    - touched sources (a partition re-made or gone): all their postings are built anew, since what a gone partition
      held can no longer be asked.
  Rows are deleted before and remembered after in the one transaction that inserts, so that a kill at any moment leaves
  the state of before or of after. The result is that of a full build.
#}

{% macro state_relation(identifier='partitions_built') -%}
    {{ api.Relation.create(database=target.database or '', schema=layer_schema('state'), identifier=identifier) }}
{%- endmacro %}

{% macro prepare_state() %}
    {% do adapter.create_schema(api.Relation.create(database=target.database or '', schema=layer_schema('state'))) %}
    create table if not exists {{ state_relation() }} {{ everywhere() }} (
        {%- for name in ['model', 'frame', 'source', 'captured_on', 'made_from'] %}
            {{ name }} {{ type_name('date' if name == 'captured_on' else 'text') }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) {{ stored_by() }}
{% endmacro %}

{# (frame, source, captured_on, is_fresh) of the partitions that differ from what `model_name` was built from. #}
{% macro changed_partitions(model_name, frames) -%}
    select
        coalesce(present.source, built.source) as source,
        coalesce(present.captured_on, built.captured_on) as captured_on,
        built.source is null as is_fresh
    from (
        select * from {{ ref('stg_store__partitions') }} where frame in ({{ quoted(frames) }})
    ) as present
    full outer join (
        select * from {{ state_relation() }} where model = '{{ model_name }}'
    ) as built
        on
            present.frame = built.frame
            and present.source = built.source
            and present.captured_on = built.captured_on
    where
        present.source is null
        or built.source is null
        or present.made_from <> built.made_from
{%- endmacro %}

{#
  What to build anew, asked before the model's SQL is written: {touched: [source], fresh: [(source, day)]}. Literals let
  the engine leave closed every file of another day; with subqueries it opens the whole history.
#}
{% macro changes(model_name, frames) -%}
    {% set found = {'touched': [], 'fresh': []} %}
    {% if execute %}
        {% for row in run_query(changed_partitions(model_name, frames)).rows %}
            {% if not row['is_fresh'] %}
                {% do found.touched.append(row['source']) %}
            {% elif (row['source'], row['captured_on']) not in found.fresh %}
                {% do found.fresh.append((row['source'], row['captured_on'])) %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return({'touched': found.touched | unique | sort, 'fresh': found.fresh | sort}) }}
{%- endmacro %}

{# Whether a row (of the table that `prefix` names) belongs to what is built anew. An "or" costs a scan: none where one
   side is empty. #}
{% macro is_changed(found, prefix='') -%}
    {%- if found.touched and found.fresh -%}
        (
            {{ prefix }}source in ({{ quoted(found.touched) }})
            or {{ prefix }}posting_id in ({{ fresh_postings(found.fresh) }})
        )
    {%- elif found.touched -%}
        {{ prefix }}source in ({{ quoted(found.touched) }})
    {%- else -%}
        {{ prefix }}posting_id in ({{ fresh_postings(found.fresh) }})
    {%- endif -%}
{%- endmacro %}

{# The first day on which what is built anew can have its last capture; none where a whole source is. #}
{% macro first_changed_day(found) -%}
    {{ return(none if found.touched or not found.fresh else found.fresh | map(attribute=1) | min) }}
{%- endmacro %}

{% macro fresh_postings(fresh) -%}
    select posting_id from {{ ref('stg_normalised__postings') }}
    where
        {% for source, day in fresh %}
            {{ "or " if not loop.first }}(source = '{{ source }}' and captured_on = {{ day_of("'" ~ day ~ "'") }})
        {% else %}
            1 = 0
        {% endfor %}
{%- endmacro %}

{# Pre-hook: take out what will be built anew, and what lost its source. #}
{% macro forget_changed(frames) -%}
    {% set read = [ref('stg_store__partitions'), ref('stg_normalised__postings')] %}
    {% if is_incremental() %}
        delete from {{ this }}
        where
            {{ is_changed(changes(this.identifier, frames)) }}
            or source not in (select source from {{ ref('stg_store__partitions') }})
    {% endif %}
{%- endmacro %}

{#
  Pre-hooks of fct_openings: list the openings of which a posting or its pay changed, came or went, then take them out.
  They are listed once, since that takes the pay of every posting.
#}
{% macro list_changed_openings() -%}
    {% set read = [ref('stg_store__partitions'), ref('stg_normalised__postings'), ref('int_openings__members'), ref('fct_job_postings')] %}
    {% if is_incremental() %}
        {{ create_scratch('changed_openings') }}
        select coalesce(present.opening_id, built.opening_id) as opening_id
        from (
            select opening_id, bit_xor(member_hash) as members_hash
            from {{ ref('int_openings__members') }}
            group by opening_id
        ) as present
        full outer join {{ this }} as built
            on present.opening_id = built.opening_id
        where present.members_hash is distinct from built.members_hash
        union
        select member.opening_id
        from {{ ref('stg_openings__members') }} as member
        inner join {{ ref('fct_job_postings') }} as posting
            on member.posting_id = posting.posting_id
        where {{ is_changed(changes(this.identifier, ['postings']), 'posting.') }}
    {% endif %}
{%- endmacro %}

{% macro forget_changed_openings() -%}
    {% if is_incremental() %}
        delete from {{ this }} where opening_id in (select opening_id from {{ scratch('changed_openings') }})
    {% endif %}
{%- endmacro %}

{# Post-hooks: remember what this model is now built from, and nothing of before. #}
{% macro forget_built() -%}
    delete from {{ state_relation() }} where model = '{{ this.identifier }}'
{%- endmacro %}

{% macro remember_built(frames) -%}
    insert into {{ state_relation() }}
    select '{{ this.identifier }}', frame, source, captured_on, made_from
    from {{ ref('stg_store__partitions') }}
    where frame in ({{ quoted(frames) }})
{%- endmacro %}

{% macro quoted(words) -%}
    {%- for word in words %}'{{ word }}'{{ ", " if not loop.last }}{% endfor -%}
{%- endmacro %}

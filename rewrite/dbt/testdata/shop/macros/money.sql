{% macro cents(column) %}({{ column }} / 100){% endmacro %}
{% macro is_late(column) %}{{ column }} < {{ dbt.current_timestamp() }}{% endmacro %}

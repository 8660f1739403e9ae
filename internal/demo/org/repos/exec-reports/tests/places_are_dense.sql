-- Nobody shares a place: the ranking breaks ties.
select place from top_customers group by place having count(*) > 1

-- A visit without a visitor is not a visit.
select visits from visitor_depth where visitor is null

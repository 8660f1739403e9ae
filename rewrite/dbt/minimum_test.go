package dbt_test

// minCases keeps cases from getting lost.
const minCases = 112

-- 测速规则一 · bench rule R1
-- bench/rules/r1 2021-01-01 r1 sha256:c79b2271eb0cc8a79ad4d7b41f29a1834741c83fe531a424ddc74d8fcca02f72
-- 金额先以分计，为整数；一步一层 · sums are whole fen until the end; one step a level
WITH "read" AS (
  /* 按类型读出 · read in their types */
  SELECT
    *,
    CAST("on" AS DATE) AS "read.on",
    CAST("floor_area" AS DECIMAL(27, 9)) AS "read.floor_area",
    CAST("cost" AS DECIMAL(27, 9)) AS "read.cost"
  FROM "claims"
  OFFSET 0
), "wrong" AS (
  /* 哪里不对：代码与事实 · what is wrong: a code and a fact */
  SELECT
    *,
    CASE
      WHEN "project" IS NULL
      THEN 'F0102 project'
      WHEN (
        (
          "project" ~ '^$|^ | $'
        )
        OR (
          REPLACE("project", ' ', '') ~ '[\u0001-\u0020\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff9-\ufffb]'
        )
      )
      OR (
        LENGTH("project") > CAST(128 AS BIGINT)
      )
      THEN 'F0118 project'
    END AS "wrong.project",
    CASE
      WHEN "on" IS NULL
      THEN 'F0102 on'
      WHEN (
        "read.on" < CAST('1900-01-01' AS DATE)
      )
      OR (
        "read.on" > CAST('2200-12-31' AS DATE)
      )
      THEN 'F0104 on'
      WHEN (
        "read.on" < CAST('2021-01-01' AS DATE)
      )
      OR (
        "read.on" > CAST('2200-12-31' AS DATE)
      )
      THEN 'R0105 on'
    END AS "wrong.on",
    CASE
      WHEN "district_type" IS NULL
      THEN 'F0102 district_type'
      WHEN NOT (
        "district_type" IN ('municipal', 'county')
      )
      THEN 'F0109 district_type'
    END AS "wrong.district_type",
    CASE
      WHEN "floor_area" IS NULL
      THEN 'F0102 floor_area'
      WHEN (
        "floor_area" < CAST('0' AS DECIMAL(1, 0))
      )
      OR (
        "floor_area" > CAST('1000000' AS DECIMAL(7, 0))
      )
      THEN 'F0104 floor_area'
      WHEN (
        "read.floor_area" <> "floor_area"
      )
      OR (
        (
          "read.floor_area" * CAST('100' AS DECIMAL(3, 0))
        ) <> CAST("read.floor_area" * CAST('100' AS DECIMAL(3, 0)) AS BIGINT)
      )
      THEN 'F0105 floor_area'
    END AS "wrong.floor_area",
    CASE
      WHEN "cost" IS NULL
      THEN 'F0102 cost'
      WHEN (
        "cost" < CAST('0' AS DECIMAL(1, 0))
      )
      OR (
        "cost" > CAST('1000000000' AS DECIMAL(10, 0))
      )
      THEN 'F0104 cost'
      WHEN (
        "read.cost" <> "cost"
      )
      OR (
        (
          "read.cost" * CAST('100' AS DECIMAL(3, 0))
        ) <> CAST("read.cost" * CAST('100' AS DECIMAL(3, 0)) AS BIGINT)
      )
      THEN 'F0105 cost'
    END AS "wrong.cost"
  FROM "read"
  OFFSET 0
), "facts" AS (
  /* 事实：数为步长的整数倍 · facts: numbers are whole steps */
  SELECT
    *,
    CASE
      WHEN (
        NOT "project" IS NULL
      ) AND (
        "wrong.project" IS NULL
      )
      THEN "project"
      ELSE ''
    END AS "fact.project",
    NOT "project" IS NULL AS "given.project",
    CASE
      WHEN (
        NOT "on" IS NULL
      ) AND (
        "wrong.on" IS NULL
      )
      THEN "read.on"
      ELSE CAST('1900-01-01' AS DATE)
    END AS "fact.on",
    NOT "on" IS NULL AS "given.on",
    CASE
      WHEN (
        NOT "district_type" IS NULL
      ) AND (
        "wrong.district_type" IS NULL
      )
      THEN "district_type"
      ELSE ''
    END AS "fact.district_type",
    NOT "district_type" IS NULL AS "given.district_type",
    CASE
      WHEN (
        NOT "floor_area" IS NULL
      ) AND (
        "wrong.floor_area" IS NULL
      )
      THEN CAST("read.floor_area" * CAST('100' AS DECIMAL(3, 0)) AS BIGINT)
      ELSE CAST(0 AS BIGINT)
    END AS "fact.floor_area",
    NOT "floor_area" IS NULL AS "given.floor_area",
    CASE
      WHEN (
        NOT "cost" IS NULL
      ) AND (
        "wrong.cost" IS NULL
      )
      THEN CAST("read.cost" * CAST('100' AS DECIMAL(3, 0)) AS BIGINT)
      ELSE CAST(0 AS BIGINT)
    END AS "fact.cost",
    NOT "cost" IS NULL AS "given.cost"
  FROM "wrong"
  OFFSET 0
), "step.counted" AS (
  /* 计奖面积 · area that counts 〔R1〕 以 m2 的 1/100 计 · in 1/100 m2 */
  SELECT
    *,
    LEAST(
      "fact.floor_area",
      CASE
        WHEN "fact.district_type" = 'municipal'
        THEN CAST(200000 AS BIGINT)
        WHEN "fact.district_type" = 'county'
        THEN CAST(150000 AS BIGINT)
      END
    ) AS "steps.counted"
  FROM "facts"
  OFFSET 0
), "step.earned" AS (
  /* 奖补 · grant earned 〔R1〕 CNY */
  SELECT
    *,
    CASE
      WHEN "fact.floor_area" < CAST(50000 AS BIGINT)
      THEN CAST(0 AS BIGINT)
      ELSE "steps.counted" * CAST(3 AS BIGINT)
    END AS "steps.earned"
  FROM "step.counted"
  OFFSET 0
), "step.rest" AS (
  /* 余额 · rest of the cost 〔R1〕 以 CNY 的 1/100 计 · in 1/100 CNY */
  SELECT
    *,
    GREATEST("fact.cost" - (
      "steps.earned" * CAST(100 AS BIGINT)
    ), CAST(0 AS BIGINT)) AS "steps.rest"
  FROM "step.earned"
  OFFSET 0
), "parts" AS (
  /* 奖补 · grant 〔〕；县级 · county share 〔〕 */
  SELECT
    *,
    "steps.earned" * CAST(100 AS BIGINT) AS "fen.grant",
    "steps.rest" AS "fen.share"
  FROM "step.rest"
  OFFSET 0
), "shares" AS (
  /* 各方分担 · shares */
  SELECT
    *,
    "fen.grant" AS "fen.grant.city",
    "fen.share" AS "fen.share.county"
  FROM "parts"
  OFFSET 0
), "problems" AS (
  /* 有问题的行不算 · a row with problems is not computed */
  SELECT
    *,
    NULLIF(
      SUBSTR(
        COALESCE('; ' || "wrong.project", '') || COALESCE('; ' || "wrong.on", '') || COALESCE('; ' || "wrong.district_type", '') || COALESCE('; ' || "wrong.floor_area", '') || COALESCE('; ' || "wrong.cost", ''),
        3
      ),
      ''
    ) AS "what is wrong"
  FROM "shares"
  OFFSET 0
)
SELECT
  "project",
  "on",
  "district_type",
  "floor_area",
  "cost",
  CASE
    WHEN "what is wrong" IS NULL
    THEN CAST(CAST("fen.grant" AS DECIMAL(18, 0)) * CAST('0.01' AS DECIMAL(3, 2)) AS DECIMAL(21, 2))
  END AS "amount",
  CASE
    WHEN "what is wrong" IS NULL
    THEN CAST(CAST("fen.grant" AS DECIMAL(18, 0)) * CAST('0.01' AS DECIMAL(3, 2)) AS DECIMAL(21, 2))
  END AS "parts.grant",
  CASE
    WHEN "what is wrong" IS NULL
    THEN CAST(CAST("fen.share" AS DECIMAL(18, 0)) * CAST('0.01' AS DECIMAL(3, 2)) AS DECIMAL(21, 2))
  END AS "parts.share",
  CASE
    WHEN "what is wrong" IS NULL
    THEN CAST(CAST("fen.grant.city" AS DECIMAL(18, 0)) * CAST('0.01' AS DECIMAL(3, 2)) AS DECIMAL(21, 2))
  END AS "shares.grant.city",
  CASE
    WHEN "what is wrong" IS NULL
    THEN CAST(CAST("fen.share.county" AS DECIMAL(18, 0)) * CAST('0.01' AS DECIMAL(3, 2)) AS DECIMAL(21, 2))
  END AS "shares.share.county",
  CASE WHEN "what is wrong" IS NULL THEN TRUE END AS "eligible",
  CASE WHEN "what is wrong" IS NULL THEN '' END AS "reasons",
  CASE WHEN "what is wrong" IS NULL THEN "steps.counted" END AS "steps.counted",
  CASE WHEN "what is wrong" IS NULL THEN TRUE END AS "simulation",
  "what is wrong" AS "problems"
FROM "problems"

import { sql, type SQL } from 'drizzle-orm';

/** Values as the rows of a subquery, for `in` and for `array…`: one parameter, however many they are. */
export const listOf = (values: readonly (string | number)[], type: 'uuid' | 'int' | 'text'): SQL =>
  sql`(select json_array_elements_text(${JSON.stringify(values)}::json)::${sql.raw(type)})`;

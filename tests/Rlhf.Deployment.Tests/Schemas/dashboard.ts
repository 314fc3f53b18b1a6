// A dashboard of time series over Prometheus, in the types that Grafana publishes. Where they take anything (a panel's
// options, its fields' own settings, its queries, the query of a variable), the types of those who read it stand instead.
import type { Dashboard, FieldConfig, FieldConfigSource, Panel, RowPanel, VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import type * as units from "@grafana/grafana-foundation-sdk/units";

type With<T, R> = Omit<T, keyof R> & R;

// As it is written in JSON: the words of enumerations, and no functions.
type Json<T> = T extends string ? `${T}` : T extends (infer I)[] ? Json<I>[] : T extends object ? {
  [K in keyof T as T[K] extends (...given: never[]) => unknown ? never : K]: Json<T[K]>
} : T;

type Series = With<Panel, {
  type: "timeseries";
  options: timeseries.Options;
  fieldConfig: With<FieldConfigSource, { defaults: With<FieldConfig, { unit: (typeof units)[keyof typeof units]; custom?: timeseries.FieldConfig }> }>;
  targets: Dataquery[];
}>;

type Row = With<RowPanel, { type: "row"; panels: Series[] }>;

type Variable =
  | With<VariableModel, { type: "datasource"; query: "prometheus" }>
  | With<VariableModel, { type: "query"; query: { query: string; refId: string } }>;

type Shipped = Json<With<Dashboard, { panels: (Series | Row)[]; templating: { list: Variable[] } }>>;

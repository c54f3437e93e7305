using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>Rights, leases, webhooks and definitions.</summary>
internal static class ClusterTables
{
    private const string Rights = "rbac.authorization.k8s.io";
    private const string Admission = "admissionregistration.k8s.io";

    private static readonly TableColumn[] RoleColumns = [StandardColumns.Name, new("Created At", "date")];

    private static readonly TableColumn[] BindingColumns =
    [
        StandardColumns.Name, new("Role"), StandardColumns.Age, new("Users", Priority: 1), new("Groups", Priority: 1), new("ServiceAccounts", Priority: 1),
    ];

    private static readonly TableColumn[] WebhookColumns = [StandardColumns.Name, new("Webhooks", "integer"), StandardColumns.Age];

    public static IEnumerable<KeyValuePair<(string Group, string Kind), KindTable>> All { get; } =
    [
        Table(Rights, "Role", RoleColumns, (json, _) => [json.Name(), json.CreatedAt()]),
        Table(Rights, "ClusterRole", RoleColumns, (json, _) => [json.Name(), json.CreatedAt()]),
        Table(Rights, "RoleBinding", BindingColumns, BindingRow),
        Table(Rights, "ClusterRoleBinding", BindingColumns, BindingRow),
        Table(Admission, "MutatingWebhookConfiguration", WebhookColumns, WebhookRow),
        Table(Admission, "ValidatingWebhookConfiguration", WebhookColumns, WebhookRow),
        Table(
            "coordination.k8s.io",
            "Lease",
            [StandardColumns.Name, new("Holder"), StandardColumns.Age],
            (json, now) => [json.Name(), json.Text("spec", "holderIdentity") ?? "", json.Age(now)]),
        Table("apiextensions.k8s.io", "CustomResourceDefinition", RoleColumns, (json, _) => [json.Name(), json.CreatedAt()]),
    ];

    private static KeyValuePair<(string Group, string Kind), KindTable> Table(
        string group, string kind, TableColumn[] columns, Func<JsonObject, DateTimeOffset, IEnumerable<JsonNode?>> row) =>
        KeyValuePair.Create((group, kind), new KindTable(columns, row));

    private static IEnumerable<JsonNode?> BindingRow(JsonObject binding, DateTimeOffset now) =>
    [
        binding.Name(),
        $"{binding.Text("roleRef", "kind")}/{binding.Text("roleRef", "name")}",
        binding.Age(now),
        Subjects(binding, "User", subject => subject.Text("name")),
        Subjects(binding, "Group", subject => subject.Text("name")),
        Subjects(binding, "ServiceAccount", subject => $"{subject.Text("namespace")}/{subject.Text("name")}"),
    ];

    private static string Subjects(JsonObject binding, string kind, Func<JsonNode, string?> name) =>
        string.Join(", ", binding.Items("subjects").Where(subject => subject.Text("kind") == kind).Select(name));

    private static IEnumerable<JsonNode?> WebhookRow(JsonObject configuration, DateTimeOffset now) =>
        [configuration.Name(), configuration.Count("webhooks"), configuration.Age(now)];
}

namespace Mizzen.Cluster.Tables;

/// <summary>The columns that nearly every table has.</summary>
internal static class StandardColumns
{
    public static TableColumn Name { get; } = new("Name") { Format = "name" };

    public static TableColumn Age { get; } = new("Age");
}

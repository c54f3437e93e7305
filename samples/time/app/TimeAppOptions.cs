using System.Globalization;

namespace TimeApp;

/// <summary>Who this process is, read from its environment.</summary>
internal sealed record TimeAppOptions(string ServiceName, Uri? UpstreamUri, int Port, string BindAddress)
{
    private const int DefaultPort = 3000;

    /// <summary>How long it goes on answering after it was told to end.</summary>
    public static TimeSpan DrainTime { get; } = TimeSpan.FromSeconds(1);

    public static TimeAppOptions FromEnvironment(Func<string, string?> variable)
    {
        var upstream = variable("UPSTREAM_URI");
        return new TimeAppOptions(
            variable("SERVICE_NAME") ?? "time",
            string.IsNullOrEmpty(upstream) ? null : new Uri(upstream),
            int.TryParse(variable("PORT"), CultureInfo.InvariantCulture, out var port) ? port : DefaultPort,
            variable("BIND_ADDRESS") ?? "0.0.0.0");
    }
}

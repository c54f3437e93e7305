using System.Net;

namespace Mizzen.Proxy.Names;

/// <summary>What <c>/etc/resolv.conf</c> says (resolv.conf(5)).</summary>
/// <param name="Servers">The name servers, port 53.</param>
/// <param name="Search">The domains that are appended to names.</param>
internal sealed record ResolverConfiguration(IReadOnlyList<IPEndPoint> Servers, IReadOnlyList<string> Search)
{
    private const string File = "/etc/resolv.conf";
    private const int Port = 53;
    private const int MostServers = 3;

    /// <summary>What the file of this host says; nothing where there is none.</summary>
    public static ResolverConfiguration OfThisHost() => Read(System.IO.File.Exists(File) ? System.IO.File.ReadLines(File) : []);

    /// <summary>Reads the file's lines; what is not understood is left out, as resolvers do.</summary>
    public static ResolverConfiguration Read(IEnumerable<string> lines)
    {
        var servers = new List<IPEndPoint>();
        string[] search = [];
        foreach (var line in lines)
        {
            switch (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                case ["nameserver", var text, ..] when IPAddress.TryParse(text, out var address) && servers.Count < MostServers:
                    servers.Add(new IPEndPoint(address, Port));
                    break;
                case ["search" or "domain", .. var domains]:
                    search = [.. domains.Select(domain => domain.Trim('.').ToLowerInvariant()).Where(domain => domain.Length > 0)];
                    break;
            }
        }

        return new ResolverConfiguration(servers, search);
    }
}

using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Cluster.ApiServer;
using Mizzen.Cluster.Node;
using Mizzen.Identity;
using Mizzen.Identity.Tokens;
using Server = Mizzen.Cluster.ApiServer.ApiServer;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>The real server on loopback with a folder of its own, the real kubectl and a client on the unix socket.</summary>
public sealed class RunningApiServer : IAsyncLifetime
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create("test-ca", TimeProvider.System);
    private readonly CollectedLogs _logs = new();
    private Server? _server;

    public string Folder { get; } = Directory.CreateTempSubdirectory("mizzen-api-").FullName;

    /// <summary>Where the store is, if not with everything else; tests set it before the start.</summary>
    public string? StoreFolder { get; set; }

    public ServiceAccountTokenIssuer Tokens { get; } = ServiceAccountTokenIssuer.Create(ServiceAccountTokenIssuer.DefaultIssuer, TimeProvider.System);

    public CertificateAuthority Authority => _authority;

    public Uri Url => new($"https://127.0.0.1:{_server!.Port}");

    public string LogsFolder => Path.Combine(Folder, "logs");

    public string Kubeconfig => Path.Combine(Folder, "kubeconfig");

    public HttpClient Http { get; private set; } = null!;

    public ResourceClient Client { get; private set; } = null!;

    /// <summary>How webhooks behind Services are reached; tests set it.</summary>
    public Func<string, string, int, Stream>? Dial { get; set; }

    /// <summary>The nodes, for exec and its like; tests that have some set it.</summary>
    public Func<IPodRuntime?>? PodRuntime { get; set; }

    public async ValueTask InitializeAsync()
    {
        await StartAsync();
        await File.WriteAllTextAsync(Kubeconfig, KubeconfigFor(_authority.Issue(CertificateProfile.ForClient("tester", "system:masters"))));
    }

    public async Task StartAsync()
    {
        var options = new ApiServerOptions
        {
            StorePath = Path.Combine(StoreFolder ?? Folder, "cluster.db"),
            Authority = _authority,
            Tokens = Tokens,
            LogsFolder = LogsFolder,
            UnixSocketPath = Path.Combine(Folder, "api.sock"),
            PodRuntime = PodRuntime,
            WebhookDialer = (ns, name, port, _) => ValueTask.FromResult(Dial!(ns, name, port)),
        };
        _server = await Server.StartAsync(options, _logs, TimeProvider.System, TestContext.Current.CancellationToken);
        Http = ClientConnection.FromUnixSocket(options.UnixSocketPath!);
        Client = new ResourceClient(Http);
    }

    public async Task StopAsync()
    {
        Http.Dispose();
        await _server!.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _authority.Dispose();
        Tokens.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Sends a request as admin; the answer as JSON (or as text in a JSON string) with its code.</summary>
    public async Task<(int Code, JsonNode Body)> SendAsync(string method, string path, string? body = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.Remove("Content-Type");
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)! : JsonValue.Create(text));
    }

    /// <summary>Runs kubectl and returns what it wrote; it must succeed.</summary>
    public async Task<string> KubectlAsync(string arguments, string? input = null)
    {
        var (code, output, errors) = await RunKubectlAsync(arguments, input);
        Assert.True(code == 0, $"kubectl {arguments}\n{output}\n{errors}\n{_logs.Take()}");
        return output;
    }

    /// <summary>Runs kubectl, whatever comes of it. Arguments are separated by blanks.</summary>
    public async Task<(int Code, string Output, string Errors)> RunKubectlAsync(string arguments, string? input = null)
    {
        using var process = StartKubectl(arguments);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    public Process StartKubectl(string arguments) => Process.Start(new ProcessStartInfo("kubectl", arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["KUBECONFIG"] = Kubeconfig, ["HOME"] = Folder },
    })!;

    /// <summary>A kubeconfig that knows the server and nobody's certificate.</summary>
    public async Task<string> KubeconfigWithoutUserAsync()
    {
        var file = Path.Combine(Folder, "kubeconfig-nobody");
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Kubeconfig))!;
        config["users"]![0]!["user"] = new JsonObject();
        await File.WriteAllTextAsync(file, config.ToJsonString());
        return file;
    }

    private string KubeconfigFor(IssuedCertificate user) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Config",
        ["clusters"] = new[] { Named("c", "cluster", new { server = Url.ToString(), certificate_authority_data = Data(_authority.CertificatePem) }) },
        ["users"] = new[] { Named("u", "user", new { client_certificate_data = Data(user.CertificatePem), client_key_data = Data(user.PrivateKeyPem) }) },
        ["contexts"] = new[] { Named("x", "context", new { cluster = "c", user = "u" }) },
        ["current-context"] = "x",
    }).Replace('_', '-');

    private static Dictionary<string, object> Named(string name, string part, object value) => new() { ["name"] = name, [part] = value };

    private static string Data(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));
}

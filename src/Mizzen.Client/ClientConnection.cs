using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Client;

/// <summary>Opens HTTP connections to a Kubernetes API, the three ways there are.</summary>
public static class ClientConnection
{
    private const string InClusterFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Through a unix socket, in plain: for the programs that own it.</summary>
    public static HttpClient FromUnixSocket(string path)
    {
        var handler = NewHandler();
        handler.ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        return NewClient(handler, new Uri("http://localhost"));
    }

    /// <summary>As a kubeconfig's current context says: certificates or token, embedded or in files beside it.</summary>
    /// <exception cref="InvalidDataException">The file is not a kubeconfig, or lacks what its current context names.</exception>
    public static HttpClient FromKubeconfig(string path)
    {
        var config = ResourceReader.ReadValue(File.ReadAllText(path), path) as JsonObject ?? throw new InvalidDataException($"{path} is not a kubeconfig");
        var current = (string?)config["current-context"] ?? "";
        var context = Named(config, "contexts", current, "context", path);
        var cluster = Named(config, "clusters", (string?)context["cluster"] ?? "", "cluster", path);
        var user = Named(config, "users", (string?)context["user"] ?? "", "user", path);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

        var handler = NewHandler();
        TrustOnly(handler, Pem(cluster, "certificate-authority", folder));
        if (Pem(user, "client-certificate", folder) is { } certificate && Pem(user, "client-key", folder) is { } key)
        {
            handler.SslOptions.ClientCertificates = [CertificateFrom(certificate, key)];
        }

        var client = NewClient(handler, new Uri((string?)cluster["server"] ?? throw new InvalidDataException($"{path}: the cluster has no server")));
        var token = (string?)user["token"] ?? ((string?)user["tokenFile"] is { } file ? File.ReadAllText(Path.Combine(folder, file)).Trim() : null);
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    /// <summary>From inside a pod, as its service account; the token is read again for each request, because it is renewed.</summary>
    /// <exception cref="InvalidOperationException">This is not a pod.</exception>
    public static HttpClient InCluster()
    {
        var host = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST");
        var port = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
        {
            throw new InvalidOperationException("not inside a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
        }

        var handler = NewHandler();
        TrustOnly(handler, File.ReadAllText(Path.Combine(InClusterFolder, "ca.crt")));
        return NewClient(new TokenFileHandler(Path.Combine(InClusterFolder, "token"), handler), new Uri($"https://{host}:{port}"));
    }

    private static SocketsHttpHandler NewHandler() => new()
    {
        UseProxy = false,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        KeepAlivePingDelay = TimeSpan.FromSeconds(30),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
    };

    // Watches are answers that take minutes: requests are bounded by their cancellation tokens instead.
    private static HttpClient NewClient(HttpMessageHandler handler, Uri server) =>
        new(handler) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };

    private static void TrustOnly(SocketsHttpHandler handler, string? authorities)
    {
        if (authorities is not null)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(authorities);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions.CertificateChainPolicy = policy;
        }
    }

    private static X509Certificate2 CertificateFrom(string certificate, string key)
    {
        using var fromPem = X509Certificate2.CreateFromPem(certificate, key);
        return X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), null);
    }

    private static JsonObject Named(JsonObject config, string list, string name, string part, string path)
    {
        var entry = (config[list] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(item => (string?)item["name"] == name);
        return entry?[part] as JsonObject ?? throw new InvalidDataException($"{path}: there is no {part} named '{name}'");
    }

    private static string? Pem(JsonObject part, string name, string folder)
    {
        if ((string?)part[name + "-data"] is { } data)
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data));
        }

        return (string?)part[name] is { } file ? File.ReadAllText(Path.Combine(folder, file)) : null;
    }

    private sealed class TokenFileHandler(string file, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var token = (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace Mizzen.Bench.Cluster;

/// <summary>A client as plain as can be: JSON over HTTP/2 and TLS, with the administrator's certificate.</summary>
internal sealed class ApiConnection : IDisposable
{
    private readonly HttpClient _http;

    private ApiConnection(HttpClient http) => _http = http;

    /// <summary>Reads a kubeconfig whose certificates are embedded.</summary>
    public static ApiConnection Open(string kubeconfig)
    {
        string Value(string name) => Regex.Match(kubeconfig, $"{name}: \"?([^\"\\s]+)").Groups[1].Value;
        string Pem(string name) => Encoding.UTF8.GetString(Convert.FromBase64String(Value(name)));
        using var certificate = X509Certificate2.CreateFromPem(Pem("client-certificate-data"), Pem("client-key-data"));
        var own = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        var authority = X509Certificate2.CreateFromPem(Pem("certificate-authority-data"));
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [own],
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
            },
        };
        return new ApiConnection(new HttpClient(handler) { BaseAddress = new Uri(Value("server")), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact });
    }

    public Task<byte[]> GetAsync(string path) => _http.GetByteArrayAsync(path);

    public Task PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json, "application/json");

    public Task MergeAsync(string path, string json) => SendAsync(HttpMethod.Patch, path, json, "application/merge-patch+json");

    /// <summary>The lines of a watch, one event each.</summary>
    public async Task<StreamReader> WatchAsync(string path)
    {
        var answer = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        return new StreamReader(await answer.Content.ReadAsStreamAsync());
    }

    public void Dispose() => _http.Dispose();

    private async Task SendAsync(HttpMethod method, string path, string json, string type)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, new MediaTypeHeaderValue(type)) };
        using var answer = await _http.SendAsync(request);
        await answer.Content.LoadIntoBufferAsync();
        answer.EnsureSuccessStatusCode();
    }
}

using System.Text;
using Mizzen.Client;
using Mizzen.Resources.Authentication;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>ConfigMaps, Secrets and tokens as the API server has them.</summary>
internal sealed class ApiConfigurationSource(ResourceClient client) : IConfigurationSource
{
    private static readonly Dictionary<string, byte[]> Nothing = [];

    public async Task<IReadOnlyDictionary<string, byte[]>> ConfigMapAsync(string ns, string name, bool optional, CancellationToken cancellationToken)
    {
        var map = await client.FindAsync<ConfigMap>(ns, name, cancellationToken);
        if (map is null)
        {
            return optional ? Nothing : throw new NodeException($"configmap \"{name}\" not found");
        }

        var values = (map.Data ?? new Dictionary<string, string>()).ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetBytes(pair.Value));
        foreach (var (key, value) in map.BinaryData ?? new Dictionary<string, string>())
        {
            values[key] = Convert.FromBase64String(value);
        }

        return values;
    }

    public async Task<IReadOnlyDictionary<string, byte[]>> SecretAsync(string ns, string name, bool optional, CancellationToken cancellationToken)
    {
        var secret = await client.FindAsync<Secret>(ns, name, cancellationToken);
        if (secret is null)
        {
            return optional ? Nothing : throw new NodeException($"secret \"{name}\" not found");
        }

        return (secret.Data ?? new Dictionary<string, string>()).ToDictionary(pair => pair.Key, pair => Convert.FromBase64String(pair.Value));
    }

    public async Task<string> TokenAsync(Pod pod, string? audience, long expirationSeconds, CancellationToken cancellationToken)
    {
        var request = new TokenRequest
        {
            ApiVersion = "authentication.k8s.io/v1",
            Kind = "TokenRequest",
            Spec = new TokenRequestSpec
            {
                Audiences = audience is null ? null : [audience],
                ExpirationSeconds = expirationSeconds,
                BoundObjectRef = new BoundObjectReference { ApiVersion = "v1", Kind = "Pod", Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
            },
        };
        var account = pod.Spec?.ServiceAccountName ?? "default";
        var answer = await client.PostAsync<ServiceAccount, TokenRequest>(pod.Metadata.Namespace, account, "token", request, cancellationToken);
        return answer.Status?.Token ?? throw new NodeException($"the API server gave no token for service account {account}");
    }
}

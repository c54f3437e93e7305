using Mizzen.Client;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;

namespace Mizzen.Development;

/// <summary>Finds the Deployment that a user means: by its name, or by the Service whose traffic it gets.</summary>
internal sealed class DevelopmentTarget(ResourceClient client, string ns)
{
    /// <param name="word">A Service's name, <c>service/NAME</c> or <c>deployment/NAME</c>.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="UserErrorException">There is none, or a Service with several.</exception>
    public async Task<Deployment> FindAsync(string word, CancellationToken cancellationToken)
    {
        var (kind, name) = word.Split('/') is [var prefix, var rest] ? (prefix, rest) : ("", word);
        return kind switch
        {
            "deployment" or "deployments" or "deploy" => await client.FindAsync<Deployment>(ns, name, cancellationToken)
                ?? throw new UserErrorException($"there is no deployment {name} in the namespace {ns}; there are: {await NamesAsync(cancellationToken)}"),
            "service" or "services" or "svc" or "" => await BehindAsync(name, kind.Length == 0, cancellationToken),
            _ => throw new UserErrorException($"'{word}' is neither a service nor deployment/NAME"),
        };
    }

    private async Task<Deployment> BehindAsync(string name, bool mayBeDeployment, CancellationToken cancellationToken)
    {
        var deployments = (await client.ListAsync<Deployment>(ns, null, cancellationToken)).Items;
        if (await client.FindAsync<Service>(ns, name, cancellationToken) is not { } service)
        {
            return deployments.FirstOrDefault(deployment => mayBeDeployment && deployment.Metadata.Name == name)
                ?? throw new UserErrorException(
                    $"there is no service {name} in the namespace {ns} (deployments: {Names(deployments)}); another namespace is named with -n");
        }

        var behind = deployments.Where(deployment => IsBehind(service, deployment)).ToList();
        return behind switch
        {
            [var only] => only,
            [] => throw new UserErrorException($"no deployment is behind the service {name}"),
            _ => throw new UserErrorException(
                $"several deployments are behind the service {name}; name the one to replace: {string.Join(", ", behind.Select(deployment => "deployment/" + deployment.Metadata.Name))}"),
        };
    }

    private static bool IsBehind(Service service, Deployment deployment) =>
        service.Spec?.Selector is { Count: > 0 } selector
        && selector.All(label => deployment.Spec?.Template?.Metadata?.Labels?.GetValueOrDefault(label.Key) == label.Value);

    private async Task<string> NamesAsync(CancellationToken cancellationToken) =>
        Names((await client.ListAsync<Deployment>(ns, null, cancellationToken)).Items);

    private static string Names(IEnumerable<Deployment> deployments)
    {
        var names = string.Join(", ", deployments.Select(deployment => deployment.Metadata.Name));
        return names.Length > 0 ? names : "none";
    }
}
